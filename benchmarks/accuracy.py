"""The guard of accuracy: trained models score alike in bfloat16 and in float32."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.materials import CONFIG, REPOSITORY
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import spread
from smartiqa.config.experiment import Testing
from smartiqa.config.planned import resolve
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.data.prepared import Split, open_split
from smartiqa.evaluation.prediction import CROP_SEED, load_run
from smartiqa.machine.precision import Precision
from smartiqa.metrics.correlation import srcc
from smartiqa.models.inference import place_crops, score_crops

RESULTS = REPOSITORY / "results" / "demo"


class Pair(NamedTuple):
    """The SRCC of one trained model's scores in each number format."""

    model: str
    mixed: float
    full: float

    @property
    def difference(self) -> float:
        """How far the two are apart."""
        return abs(self.mixed - self.full)


def measure(options: Options) -> list[Line]:
    """Compare the SRCC of the demo's trained models in both precisions.

    Models whose backbone always computes in float32 are left out.

    Raises:
        InputError: the demo study has not been run.
    """
    study = load_study(CONFIG / "demo.yaml")
    data = RESULTS / "data" / study.training_dataset
    test = open_split(data / "manifest.parquet", data / "store-none", "test")
    pairs = [compare(name, seed, test, study.testing) for name, seed in mixed_runs(study)]
    worst = max(pairs, key=lambda pair: pair.difference)
    median = statistics.median(pair.difference for pair in pairs)
    return [
        Line(
            f"demo: SRCC, bfloat16 against float32, largest of {len(pairs)} models",
            spread([worst.difference]),
            1,
            f"{worst.model}: {worst.mixed:.5f} against {worst.full:.5f} on {len(test.rows)} test "
            f"images; the models' median is {median:.5f}",
            unit="apart",
            goal=Goal("<=", 0.002),
        )
    ]


def mixed_runs(study: Study) -> Iterator[tuple[str, int]]:
    """Yield experiment and seed of every training whose backbone may compute in bfloat16."""
    catalogue = load_catalogue(CONFIG / "experiments.yaml")
    for name in study.experiments:
        free = resolve(study, catalogue, name).backbone.precision is None
        if free and catalogue.trained([name]):
            yield from ((name, seed) for seed in study.seeds_of(name))


def compare(name: str, seed: int, test: Split, testing: Testing) -> Pair:
    """Score the test images twice."""
    experiment, model = load_run(RESULTS / "runs" / name / f"seed{seed}")
    placed = place_crops(test.store, test.rows, testing, experiment.crop, CROP_SEED)
    quality = test.images["quality"].to_numpy()

    def measured(precision: Precision) -> float:
        scored = score_crops(model, experiment.backbone, test.store, placed, precision)
        means = scored.scores.reshape(-1, testing.crops).mean(axis=1)
        return float(srcc(means, quality))

    return Pair(f"{name}, seed {seed}", measured("bfloat16"), measured("float32"))
