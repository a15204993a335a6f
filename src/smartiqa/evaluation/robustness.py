"""How far choices that should not matter, and small damage, move the score of a photo.

Some test photos, spread evenly over the true qualities, are changed as the pixel store has them,
and scored again with crops at the same places; then as they are, with other crops and in the other
number format.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smartiqa.config.experiment import Experiment
from smartiqa.data.crop_positions import (
    Positions,
    centre_positions,
    grid_positions,
    random_positions,
)
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.changes import CHANGES, Change, Pixels, unchanged
from smartiqa.evaluation.photo_crops import spread_over_quality
from smartiqa.evaluation.prediction import CROP_SEED, load_run
from smartiqa.machine.precision import Precision, choose_precision
from smartiqa.metrics.correlation import Array
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.inference import score_arrays
from smartiqa.models.quality import QualityModel
from smartiqa.results.records import Moved, Robustness

PHOTOS = 16
CROPS = 2  # a photo


def robustness(run: Path, manifest: Path, store: Path) -> Robustness:
    """Return how far the scores of some test photos move.

    Raises:
        InputError: there are no test images, or the store was not made from the manifest.
    """
    experiment, model = load_run(run)
    images, pixels, _ = open_split(manifest, store, "test")
    photos = [pixels.image(row) for row in pixels.rows(spread_over_quality(images, PHOTOS))]
    sizes = np.array([photo.shape[:2] for photo in photos])
    grid = grid_positions(sizes, experiment.crop, CROPS)
    precision = choose_precision(experiment, next(model.parameters()).device)
    model.eval()

    def scores(changed: Sequence[Pixels], positions: Positions, by: Precision) -> Array:
        return photo_scores(experiment, model, changed, positions, by)

    @functools.cache
    def changed(change: Change) -> Array:
        return scores([change(photo) for photo in photos], grid, precision)

    def moved() -> Iterator[Moved]:
        for (kind, setting), (first, second) in CHANGES.items():
            yield _moved(kind, setting, changed(second) - changed(first))
        before = changed(unchanged)
        random = random_positions(
            np.repeat(sizes, CROPS, axis=0), experiment.crop, np.random.default_rng(CROP_SEED)
        )
        yield _moved("crops", f"{CROPS} at random", scores(photos, random, precision) - before)
        centre = centre_positions(sizes, experiment.crop)
        yield _moved("crops", "centre alone", scores(photos, centre, precision) - before)
        other: Precision = "float32" if precision == "bfloat16" else "bfloat16"
        yield _moved("number format", other, scores(photos, grid, other) - before)

    with folded_batch_norms(model.backbone):
        return Robustness(
            photos=len(photos), crops=CROPS, precision=precision, changes=tuple(moved())
        )


def photo_scores(
    experiment: Experiment,
    model: QualityModel,
    photos: Sequence[Pixels],
    positions: Positions,
    precision: Precision,
) -> Array:
    """Return the score of each photo, mean over its crops, which lie at tops and lefts (n,)."""
    side, each = experiment.crop, len(positions[0]) // len(photos)
    places = zip(*(where.tolist() for where in positions), strict=True)
    crops: list[NDArray[np.uint8]] = [
        photos[number // each][top : top + side, left : left + side]
        for number, (top, left) in enumerate(places)
    ]
    scored = score_arrays(model, experiment.backbone, crops, precision)
    found: Array = scored.scores.reshape(len(photos), each).mean(axis=1)
    return found


def _moved(kind: str, setting: str, difference: Array) -> Moved:
    return Moved(
        kind=kind,
        setting=setting,
        mean=float(difference.mean()),
        distance=float(np.abs(difference).mean()),
        farthest=float(np.abs(difference).max()),
    )
