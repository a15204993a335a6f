"""What `paper.json` holds: every number that the paper of a study may use, in one type.

The stage collate builds it and writes it; figures, templates, the ledger, `smartiqa explain` and
`smartiqa.read_results` read it. Both ways it is validated, so a key that nobody writes and one that
nobody reads cannot go unnoticed. What a study did not run has no results: such keys are absent from
the file, and so they stay when it is written again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from smartiqa.config.experiment import Compute, Model, Recipe, Testing
from smartiqa.config.roles import Roles
from smartiqa.config.study import Resize, Statistics
from smartiqa.core.strict import Strict
from smartiqa.metrics.measures import Measure
from smartiqa.results.comparison_results import Comparison, Gain, Ranking
from smartiqa.results.dataset_records import DatasetRecord, SharedImages
from smartiqa.results.floor_records import FloorName, Stages
from smartiqa.results.image_records import (
    Attacks,
    Attention,
    ByDistortion,
    CalibratedIntervals,
    GroupErrors,
    MaskingResults,
    Round,
)
from smartiqa.results.measures import Bounded, Correlations, Measures, MeasuresApart
from smartiqa.results.records import Counts, Embedding, Robustness, StageRecord, read_record

BackboneRecord = dict[str, str]


class StudySettings(Strict):
    """What the paper tells of a study's settings."""

    name: str
    title: str
    note: str
    score_name: str
    crop: int
    training_dataset: str
    cross_datasets: tuple[str, ...]
    cross_experiments: tuple[str, ...]
    mixed_with: Mapping[str, tuple[str, ...]] = {}
    testing: Testing
    statistics: Statistics
    compute: Compute
    resize: Resize


class Epoch(Strict):
    """One line of a training's history."""

    epoch: int
    train_loss: float
    train_srcc: float
    validation_srcc: float
    validation_plcc: float
    backbone_rate: float
    head_rate: float


class Scale(Strict):
    """How labels of another dataset lie to scores: slope, and shift of the middle in points."""

    slope: float
    shift: float


class Training(Strict):
    """How the training of one seed went; loss of the last epoch, SRCC of the best.

    `images` are those that it learnt of, `scales` those of the datasets that were mixed in, after
    the best epoch.
    """

    images: int
    epochs: int
    best_epoch: int
    train_loss: float
    validation_srcc: float
    history: tuple[Epoch, ...]
    scales: Mapping[str, Scale] = {}


class Provenance(Strict):
    """Digests of the code, the manifest and the initial weights of an experiment's first run."""

    code: str
    manifest: str
    weights: str
    trained_as: str


class ExperimentResults(Strict):
    """One experiment of the catalogue, and its results if the study runs it.

    The study's backbone, its crop and the resolved recipe are absent where the study has no such
    backbone.
    """

    title: str
    status: Literal["run", "not run"]
    model: Model
    complexity: Counts | None
    compared_with: str | None
    backbone: str | None = None
    pretraining: str | None = None
    drop_path: float | None = None
    dropout: float | None = None
    crop: int | None = None
    recipe: Recipe | None = None
    seeds: tuple[int, ...] = ()
    results: Mapping[str, Measures] = {}
    without_near_duplicates: Mapping[str, MeasuresApart] = {}
    training: Mapping[str, Training] = {}
    provenance: Provenance | None = None

    @property
    def is_run(self) -> bool:
        """Whether the study has results of it."""
        return self.status == "run"

    @model_validator(mode="after")
    def _has_results_if_it_is_run(self) -> Self:
        parts = ("seeds", "results", "training", "provenance")
        given = {name: bool(getattr(self, name)) for name in parts}
        if wrong := [name for name, there in given.items() if there != self.is_run]:
            verb = "lacks" if self.is_run else "has"
            raise ValueError(f"its status is '{self.status}', but it {verb} {', '.join(wrong)}")
        return self


class Used(Strict):
    """A version, device or number format, and the trainings that used it."""

    value: str
    trainings: int
    experiments: tuple[str, ...]


class Computed(Strict):
    """What the trainings were computed with; `mixed` if versions or devices differ among them."""

    versions: Mapping[str, tuple[Used, ...]]
    devices: tuple[Used, ...]
    number_formats: tuple[Used, ...]
    mixed: bool


class FloorRow(Strict):
    """A floor with 95 % intervals; `chosen` marks the probe that ranks validation images best.

    The other fields are those of `smartiqa.results.floor_records.Floor`.
    """

    name: FloorName
    chosen: bool
    measures: Mapping[Measure, Bounded]
    without_near_duplicates: Mapping[Measure, Bounded]
    stages: Stages | None
    settings: Mapping[str, float]
    validation_srcc: float | None


class CurveRow(Strict):
    """The SRCC of the chosen probe, fitted to a share of the training images: mean of the draws."""

    share: float
    images: float
    draws: int
    srcc: Bounded


class FloorResults(Strict):
    """What a model must beat; `comparison` has the full model second, the chosen probe first.

    The other fields are those of `smartiqa.results.floor_records.Floors`.
    """

    experiment: str
    train: int
    validation: int
    test: int
    apart: int
    crops: int
    rows: tuple[FloorRow, ...]
    curve: tuple[CurveRow, ...]
    ceiling: Correlations | None
    comparison: Comparison | None


class PeerRow(Strict):
    """A predictor of other people, with 95 % intervals; `reads` is what it is given of an image."""

    title: str
    package: str
    version: str
    lower_is_better: bool
    reads: str
    measures: Mapping[Measure, Bounded]


class PeerResults(Strict):
    """Predictors of other people on the test images, the best first, and those not measured.

    `missing` have no environment; `refused` did not score so many of the test images.
    """

    test: int
    rows: tuple[PeerRow, ...]
    missing: tuple[str, ...]
    refused: Mapping[str, int]


class PaperResults(StageRecord):
    """The content of `paper.json`."""

    stage: ClassVar[str] = "collate"
    study: StudySettings
    roles: Roles
    datasets: Mapping[str, DatasetRecord]
    shared_images: tuple[SharedImages, ...]
    experiments: Mapping[str, ExperimentResults]
    computed: Computed
    groups: Mapping[str, tuple[str, ...]]
    group_order: tuple[str, ...]
    comparisons: Mapping[str, tuple[Comparison, ...]]
    gain: Gain | None
    cross: Mapping[str, Mapping[str, Correlations]]
    attention: Attention | None
    by_distortion: ByDistortion | None
    embedding: Mapping[str, Embedding]
    complexity: Mapping[str, Counts]
    published: Mapping[str, Any]
    weights: Mapping[str, BackboneRecord]
    floors: FloorResults
    intervals: Mapping[str, CalibratedIntervals]
    ranking: Ranking
    robustness: Mapping[str, Robustness]
    masking: MaskingResults
    attacks: Attacks
    competition: tuple[Round, ...]
    group_errors: tuple[GroupErrors, ...]
    peers: PeerResults | None = None

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Say of which study it is: all of it would fill some hundred pages."""
        yield "study", self.study.name
        yield "experiments", [*self.experiments]
        yield "datasets", [*self.datasets]


def read_paper_results(folder: Path) -> PaperResults:
    """Read `paper.json` in a study's folder of results.

    Raises:
        InputError: the file is missing, or it is not what the stage collate writes.
    """
    return read_record(PaperResults, folder / "paper.json")
