"""The records beside `paper.json` that templates read: counts, times, cost and the ledger.

Each has one type, which the stage that writes it fills and every reader validates.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from smartiqa.core.json_files import read_json
from smartiqa.core.strict import Strict, validated

ClaimVerdict = Literal[
    "confirmed",
    "contradicted",
    "inconsistent within the paper",
    "within noise",
    "not testable here",
]
ClaimKind = Literal[
    "architecture",
    "arithmetic",
    "consistency",
    "configuration",
    "result",
    "cross-dataset",
    "efficiency",
    "interpretation",
]
ClaimNeeds = Literal["nothing", "data", "gpu", "training"]
Indication = Literal["", "agrees", "unclear", "disagrees"]


class StageRecord(Strict):
    """The whole content of a file that a stage writes; `stage` is its name."""

    stage: ClassVar[str]


Record = TypeVar("Record", bound=StageRecord)


class Counts(Strict):
    """What a model costs for one crop; see `smartiqa.models.counting`."""

    parameters: int
    backbone_parameters: int
    multiply_accumulates: int
    generated_values: int


class Complexity(StageRecord):
    """The content of `complexity.json`: counts of experiments and of the published models."""

    stage: ClassVar[str] = "complexity"
    experiments: Mapping[str, Counts]
    published: Mapping[str, Counts]


class Hardware(Strict):
    """The machine that something was timed on."""

    processor: str
    cores: int
    memory_gb: int
    device: str
    gpu: bool
    platform: str
    python: str
    versions: Mapping[str, str]
    gpu_memory_gb: int | None = None


class Latency(Strict):
    """Milliseconds of one crop by itself: median and quartiles over repeats."""

    crop: int
    precision: str
    milliseconds: float
    milliseconds_low: float
    milliseconds_high: float
    repeats: int


class Speed(Latency):
    """The same, with crops a second in batches and, where the machine shows it, energy."""

    batch: int
    images_per_second: float
    joules_per_image: float | None = None


class Timing(StageRecord):
    """The content of `timing.json`."""

    stage: ClassVar[str] = "timing"
    hardware: Hardware
    threads: int
    float32_products: str
    largest_batch: int
    energy: str
    experiments: Mapping[str, Speed]
    published: Mapping[str, Latency]


class TrainingTime(Strict):
    """What one training took."""

    seconds: float
    epochs: int


class Embedding(StageRecord):
    """How generated weights lie: explained variance of two components, silhouettes, counts.

    `components` are those of the space in which silhouettes are measured.
    """

    stage: ClassVar[str] = "embed"
    explained_variance: tuple[float, ...]
    components: int
    silhouette_content: float
    silhouette_quality: float
    images: int
    test_images: int
    values: int


class Calibration(StageRecord):
    """The content of a run's `calibration.json`: how far its predictions are off, image by image.

    `half_width` is that of intervals which hold the true score with a probability of `level`, by
    the errors on so many validation images of so many contents (`smartiqa.metrics.conformal`);
    None if these are too few. `crops` were averaged for each image.
    """

    stage: ClassVar[str] = "calibrate"
    level: float
    images: int
    contents: int
    crops: int
    half_width: float | None


class Moved(Strict):
    """How far one change moves scores of photos, in units of quality.

    `mean` is that of the differences, `distance` and `farthest` are of their absolute values.
    """

    kind: str
    setting: str
    mean: float
    distance: float
    farthest: float


class Robustness(StageRecord):
    """The content of a run's `robustness.json`: what moves the scores of so many test photos.

    Each has the mean score of so many crops; `precision` is the number format of the run.
    """

    stage: ClassVar[str] = "robustness"
    photos: int
    crops: int
    precision: str
    changes: tuple[Moved, ...]


class MaskedMap(Strict):
    """What hiding places in the order of a map does to scores, in units of quality.

    `first` is the mean absolute change when so many places that the map points at are hidden,
    `last` when so many of the others are. `deletion` and `insertion` are the areas between the
    curves of the map and of random places, photo by photo: positive where the map's places count
    for more.
    """

    name: str
    first: tuple[float, ...]
    last: tuple[float, ...]
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]


class Masking(StageRecord):
    """The content of a run's `masking.json`: which places of so many photos the score depends on.

    `hidden` of the `places` are hidden at once; `random` is the mean absolute change over so many
    `draws` of random places, `whole` the one when all are hidden. `contents` are those of the
    photos, of each of which the central crop is scored.
    """

    stage: ClassVar[str] = "masking"
    photos: int
    places: int
    hidden: tuple[int, ...]
    draws: int
    contents: tuple[str, ...]
    random: tuple[float, ...]
    whole: float
    maps: tuple[MaskedMap, ...]


class Attacked(Strict):
    """Scores of photos after an attack that moves pixels by at most so many grey levels.

    `psnr` is its mean against the photos as they were, dB; `with_noise` are the scores after noise
    of the same size.
    """

    strength: int
    psnr: float
    after: tuple[float, ...]
    with_noise: tuple[float, ...]


class Attack(StageRecord):
    """The content of a run's `attack.json`: true qualities of photos, scores before and after.

    Of each photo the central crop is attacked, in so many `steps`.
    """

    stage: ClassVar[str] = "attack"
    steps: int
    qualities: tuple[float, ...]
    contents: tuple[str, ...]
    before: tuple[float, ...]
    strengths: tuple[Attacked, ...]


class Cost(StageRecord):
    """The content of `cost.json`: wall time in seconds, peak memory in MB, machines.

    `precisions` counts the trainings by number format; `gpu` is true if a GPU did all of them, and
    `peak_gpu_memory_mb` is None if none did any; `experiments` is by experiment and seed.
    """

    stage: ClassVar[str] = "cost"
    trainings: int
    seconds: float
    longest_seconds: float
    peak_host_memory_mb: int
    peak_gpu_memory_mb: int | None
    gpu: bool
    threads: int
    devices: tuple[str, ...]
    precisions: Mapping[str, int]
    experiments: Mapping[str, Mapping[str, TrainingTime]]


class JudgedClaim(Strict):
    """A claim with its verdict; `ours` is "" where nothing was recomputed.

    `scope` says what the verdict rests on, and `indication` ("agrees", "unclear", "disagrees") how
    a measurement that does not decide the claim lies to it; both may be "".
    """

    id: str
    source: str
    claim: str
    kind: ClaimKind
    needs: ClaimNeeds
    unit: str
    published: str
    ours: str
    verdict: ClaimVerdict
    reason: str
    scope: str
    indication: Indication


class JudgedLedger(StageRecord):
    """The content of `claims.json`: every claim, and how many have which verdict."""

    stage: ClassVar[str] = "claims"
    claims: tuple[JudgedClaim, ...]
    total: int
    by_verdict: Mapping[ClaimVerdict, int]
    by_kind: Mapping[ClaimKind, Mapping[ClaimVerdict, int]]
    decided_without_data: int
    measured_here: int


def read_record(kind: type[Record], path: Path) -> Record:
    """Read a record and validate it.

    Raises:
        InputError: the file is missing, damaged or of another kind; it names the stage to run.
    """
    content = read_json(path, stage=kind.stage)
    return validated(kind, content, f"{path} is not what the stage {kind.stage} writes now")
