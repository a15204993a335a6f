"""The records beside `paper.json` that templates read: counts, times, cost and the ledger.

Each has one type, which the stage that writes it fills and every reader validates.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from smartiqa.core.files import read_json
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
    """How generated weights lie: explained variance of two components, silhouettes, counts."""

    stage: ClassVar[str] = "embed"
    explained_variance: tuple[float, ...]
    silhouette_content: float
    silhouette_quality: float
    images: int
    test_images: int
    values: int


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
