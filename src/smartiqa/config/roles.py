"""Roles: which experiment is the reference, the baseline, which are embedded, timed or drawn.

Ids of experiments mean nothing to the code. What it has to know of them it asks by role. The
catalogue casts the roles (`roles` of `workflow/config/experiments.yaml`), and a study may cast some
of them otherwise (`roles` of its own file).

In a cast, `reference` and `baseline` stand for whichever experiments have these roles, so that a
study which only names another reference has that one drawn, mapped and timed as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, field_validator, model_validator

from smartiqa.core.strict import Strict, Text, all_different, unknown_name, validated

KEYWORDS = ("reference", "baseline")
BY_KEYWORD = ("embedded", "timed", "drawn", "mapped")

Several = Annotated[tuple[str, ...], AfterValidator(all_different)]


class Step(Strict):
    """What a step of the ablation adds: its name in records, and the phrase for it in the text."""

    name: Text
    phrase: Text


class Casting(Strict):
    """Every role but that of the reference.

    Attributes:
        baseline: what the reference is measured against; None if there is nothing of the kind.
        ablation: the way from the baseline to the full model, each after what it builds upon.
        steps: what each experiment of the ablation but the first adds, in the same order; without
            them the gain is not divided.
        embedded: those whose generated weights are projected.
        timed: those whose predictions are timed, beside the published models.
        drawn: those whose predictions are drawn against the true scores.
        mapped: the one whose stage maps are shown.
        quoted: those that templates speak of one by one, by the names that the templates use.
    """

    baseline: str | None = None
    ablation: Several = ()
    steps: tuple[Step, ...] = ()
    embedded: Several = ()
    timed: Several = ()
    drawn: Several = ()
    mapped: str | None = None
    quoted: dict[str, str] = {}

    def casts(self) -> Iterator[tuple[str, str]]:
        """Yield every role with an experiment that plays it, as the file names them."""
        for role, cast in self:
            if isinstance(cast, str):
                yield role, cast
            elif role == "quoted":
                yield from ((f"{role}.{key}", name) for key, name in cast.items())
            elif isinstance(cast, tuple) and role != "steps":
                yield from ((role, name) for name in cast)


class RoleChanges(Casting):
    """The roles that a study casts itself; what it does not give stays as in the catalogue."""

    reference: str | None = None

    @field_validator("reference")
    @classmethod
    def _somebody(cls, reference: str | None) -> str | None:
        if reference is None:
            raise ValueError("a study has a reference: name one, or leave the key out")
        return reference

    def given(self) -> dict[str, Any]:
        """The roles that the study casts."""
        return {key: getattr(self, key) for key in sorted(self.model_fields_set)}


class Roles(Casting):
    """Who plays which role.

    A role may be played by an experiment that a study does not run: `among` leaves these out.

    Attributes:
        reference: the full model, which variants are compared with.
    """

    reference: str

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        all_different(tuple(step.name for step in self.steps))
        if self.reference == self.baseline:
            raise ValueError(
                f"{self.reference} is both reference and baseline; cast another, or no baseline"
            )
        if self.steps and len(self.steps) != len(self.ablation) - 1:
            raise ValueError(
                f"ablation has {len(self.ablation)} experiments, but steps has {len(self.steps)}; "
                "give one step for each experiment but the first"
            )
        return self

    def resolved(self) -> Roles:
        """These roles with the experiments that the keywords stand for, each once in a list."""
        meant = {"reference": self.reference, "baseline": self.baseline}

        def several(names: Collection[str]) -> tuple[str, ...]:
            found = [meant.get(name, name) for name in names]
            return tuple(dict.fromkeys(name for name in found if name is not None))

        return self.model_copy(
            update={
                "embedded": several(self.embedded),
                "timed": several(self.timed),
                "drawn": several(self.drawn),
                "mapped": meant.get(self.mapped, self.mapped) if self.mapped else None,
            }
        )

    def among(self, run: Collection[str]) -> Roles:
        """These roles without the experiments that are not in `run`; the reference stays.

        The steps stay only if the whole ablation does.
        """

        def several(names: Collection[str]) -> tuple[str, ...]:
            return tuple(name for name in names if name in run)

        return self.model_copy(
            update={
                "baseline": self.baseline if self.baseline in run else None,
                "ablation": several(self.ablation),
                "steps": self.steps if set(self.ablation) <= set(run) else (),
                "embedded": several(self.embedded),
                "timed": several(self.timed),
                "drawn": several(self.drawn),
                "mapped": self.mapped if self.mapped in run else None,
                "quoted": {key: name for key, name in self.quoted.items() if name in run},
            }
        )


def check_casts(casting: Casting, known: Collection[str]) -> None:
    """Check that every experiment which plays a role exists.

    Raises:
        ValueError: naming the role, the experiment and the nearest one that exists.
    """
    for role, name in casting.casts():
        keyword = name in KEYWORDS and role in BY_KEYWORD
        if name not in known and not keyword:
            raise ValueError(f"roles.{role}: {unknown_name('experiment', name, [*known])}")


def cast_roles(catalogued: Roles, changes: RoleChanges, planned: Sequence[str]) -> Roles:
    """Join the catalogue's casts with a study's, whose `quoted` are joined name by name.

    Where the study does not run the catalogue's reference and names none itself, the first
    experiment that it runs is the reference; the baseline only if it runs nothing else.

    Args:
        catalogued: the catalogue's casts.
        changes: the study's own.
        planned: the experiments that the study runs, in the catalogue's order.

    Raises:
        InputError: the joined roles make no sense.
    """
    fields = catalogued.model_dump() | changes.given()
    fields["quoted"] = catalogued.quoted | changes.quoted
    if fields["reference"] not in planned:
        others = [name for name in planned if name != fields["baseline"]]
        fields["reference"] = others[0] if others else planned[0]
        if not others:
            fields["baseline"] = None
    return validated(Roles, fields, "roles").resolved()
