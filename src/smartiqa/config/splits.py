"""How a study has its datasets split; `smartiqa.data.splits` splits them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from smartiqa.core.strict import Flag, Share, Strict, WholeNumber, refuse_unused

SplitKind = Literal["official", "random", "by_reference", "all_test"]


class Split(Strict):
    """How a dataset is split.

    Attributes:
        kind: `official` takes the dataset's own split; `random` draws images; `by_reference`
            draws reference contents; `all_test` tests on everything (for a cross-dataset test).
        fractions: shares of the images (or contents) that train, validate and test. An official
            split without validation images gets them out of its training images, in the
            proportion of the first two; a share of 0 carves out none.
        round: which of the seeded rounds, from 0; each is a fresh draw.
        seed: seed of all rounds.
        redraw: draw although the dataset has a split of its own, which is then ignored.
        keep_series: whether images that look alike (`smartiqa.data.checks.near_duplicates`) are
            drawn together, so that no series of one scene is met in two drawn splits.
    """

    kind: SplitKind = "official"
    fractions: tuple[Share, Share, Share] = (0.7, 0.1, 0.2)
    round: WholeNumber = 0
    seed: WholeNumber = 0
    redraw: Flag = False
    keep_series: Flag = False

    @model_validator(mode="after")
    def _fractions_are_of_one_whole(self) -> Self:
        if abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(
                f"fractions (train, validation, test) add up to {sum(self.fractions):g}; "
                "make them add up to 1"
            )
        return self

    @model_validator(mode="after")
    def _every_setting_has_an_effect(self) -> Self:
        user, remedy = f"the kind {self.kind}", "kind: random or by_reference"
        if self.kind == "official":
            refuse_unused(self, ("redraw",), user, remedy)
        if self.kind == "all_test":
            refuse_unused(self, ("fractions", "round", "seed", "keep_series"), user, remedy)
        return self
