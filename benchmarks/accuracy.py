"""The guard of accuracy: a trained model scores alike in bfloat16 and in float32."""

from __future__ import annotations

import numpy as np

from benchmarks.materials import REPOSITORY
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import Spread
from smartiqa.config import Testing
from smartiqa.data.prepared import Split, open_split
from smartiqa.inference import place_crops, score_crops
from smartiqa.metrics.correlation import srcc
from smartiqa.precision import Precision
from smartiqa.predict import CROP_SEED, load_run
from smartiqa.studies import load_study

RESULTS = REPOSITORY / "results" / "demo"
STUDY = REPOSITORY / "workflow" / "config" / "demo.yaml"
EXPERIMENT = "C3"


def measure(options: Options) -> list[Line]:
    """Compare the SRCC of the demo's trained models in both precisions.

    Raises:
        InputError: the demo study has not been run.
    """
    study = load_study(STUDY)
    data = RESULTS / "data" / study.training_dataset
    test = open_split(data / "manifest.parquet", data / "store-none", "test")
    return [compare(seed, test, study.testing) for seed in study.seeds_of(EXPERIMENT)]


def compare(seed: int, test: Split, testing: Testing) -> Line:
    """Score the test images twice."""
    experiment, model = load_run(RESULTS / "runs" / EXPERIMENT / f"seed{seed}")
    placed = place_crops(test.store, test.rows, testing, experiment.crop, CROP_SEED)
    quality = test.images["quality"].to_numpy()

    def measured(precision: Precision) -> float:
        scored = score_crops(
            model, experiment.backbone, test.store, placed, experiment.crop, precision
        )
        means = scored.scores.reshape(-1, testing.crops).mean(axis=1)
        return float(srcc(means, quality))

    mixed, full = measured("bfloat16"), measured("float32")
    difference = float(np.abs(mixed - full))
    return Line(
        f"demo's {EXPERIMENT}, seed {seed}: SRCC, bfloat16 against float32",
        Spread(difference, difference, difference),
        1,
        f"{mixed:.5f} against {full:.5f} on {len(quality)} test images",
        unit="apart",
        goal=Goal("<=", 0.002),
    )
