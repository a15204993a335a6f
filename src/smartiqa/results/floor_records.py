"""Records of what a model must beat: floors, and predictors of other people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from smartiqa.core.strict import Strict
from smartiqa.metrics.measures import Measure
from smartiqa.results.measures import Correlations
from smartiqa.results.records import StageRecord

if TYPE_CHECKING:
    from smartiqa.metrics.jackknife import Jackknife

FloorName = Literal["constant", "nearest", "ridge", "svr"]
Stages = Literal["last", "all"]


class MeasuredRuns(Strict):
    """A measure of one or several fits: on all test images, and without each group of contents."""

    values: tuple[float, ...]
    left_out: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, fits: Sequence[Jackknife]) -> MeasuredRuns:
        """Put together what was measured of each fit."""
        return cls(
            values=tuple(fit.value for fit in fits),
            left_out=tuple(tuple(fit.left_out.tolist()) for fit in fits),
        )


class Floor(Strict):
    """Something simple that ranks or rates the test images.

    `stages` says which features of the frozen backbone a probe reads, `settings` and
    `validation_srcc` what was chosen on validation images; these are absent of the other floors.
    Where predictions are constant there are no correlations among the measures.
    """

    name: FloorName
    measures: Mapping[Measure, MeasuredRuns]
    without_near_duplicates: Mapping[Measure, MeasuredRuns]
    stages: Stages | None = None
    settings: Mapping[str, float] = {}
    validation_srcc: float | None = None


class Peer(Strict):
    """A predictor of other people on the test images; high scores were made to mean good ones.

    `version` is that of the package that `smartiqa.evaluation.peers.PEERS` names.
    """

    name: str
    version: str
    measures: Mapping[Measure, MeasuredRuns]


class Refusal(Strict):
    """How many test images a predictor did not score, and what it said of the first."""

    images: int
    reason: str


class Peers(StageRecord):
    """The content of `peers.json`; `test_images` is a digest of the test images.

    `refused` has the predictors that did not score all of them, and so are not measured.
    """

    stage: ClassVar[str] = "peers"
    test: int
    test_images: str
    peers: tuple[Peer, ...]
    refused: Mapping[str, Refusal]


class CurvePoint(Strict):
    """A probe's SRCC on the test images, fitted to a share of the training images.

    `images` is the mean number over as many draws as `srcc` has values.
    """

    share: float
    images: float
    srcc: MeasuredRuns


class Floors(StageRecord):
    """The content of `floors.json`: what a model must beat on the training dataset's test images.

    `experiment` is the one whose backbone, before any training, the probes read, and whose test
    crops they see. `contents` and `test_images`, a digest, are those of the test images, `apart`
    is how many of them are left without those that look like one in training (0 if none does).
    `curve` is that of the probe chosen, `ceiling` what to expect between true and observed scores
    (`metrics.noise_ceiling`).
    """

    stage: ClassVar[str] = "floors"
    experiment: str
    train: int
    validation: int
    test: int
    contents: int
    apart: int
    crops: int
    test_images: str
    floors: tuple[Floor, ...]
    curve: tuple[CurvePoint, ...]
    ceiling: Correlations | None

    @property
    def chosen(self) -> Floor | None:
        """The probe that ranks validation images best; None if there are no validation images."""
        ranked = [(f.validation_srcc, f) for f in self.floors if f.validation_srcc is not None]
        return max(ranked, key=lambda pair: pair[0])[1] if ranked else None
