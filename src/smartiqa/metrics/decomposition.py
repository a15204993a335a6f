"""How much of a total gain each of several successive steps contributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartiqa.errors import InputError
from smartiqa.metrics.bootstrap import Interval, resampling_weights
from smartiqa.metrics.correlation import srcc, weighted_srcc

Array = NDArray[np.float64]


class Decomposition(NamedTuple):
    """A total gain in SRCC and its parts.

    Attributes:
        total: last less first.
        steps: each model less the one before.
        shares: each step as a part of the total; None if the total's interval includes zero, for
            then a share of it means nothing.
    """

    total: Interval
    steps: list[Interval]
    shares: list[Interval] | None


def decompose_gain(
    truth: ArrayLike,
    predictions: Sequence[ArrayLike],
    *,
    replicates: int,
    seed: int,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Decomposition:
    """Decompose the gain in SRCC from the first to the last of several models.

    All models are resampled together, so that an image that is easy for all moves no difference.
    The SRCC of a model is the mean over its seeds, which are fixed.

    Args:
        truth: true scores (images,).
        predictions: for each model, (seeds, images); at least two models.
        replicates: of the bootstrap.
        seed: of the bootstrap.
        level: of the intervals.
        clusters: (images,) labels of images that are drawn together.

    Raises:
        InputError: fewer than two models, or a prediction is constant or not finite.
    """
    if len(predictions) < 2:
        raise InputError(f"a gain needs at least two models, not {len(predictions)}")
    scores = np.asarray(truth, dtype=np.float64)
    runs = [np.atleast_2d(np.asarray(model, dtype=np.float64)) for model in predictions]
    observed = np.array([[np.mean([srcc(run, scores) for run in model])] for model in runs])
    blocks = list(resampling_weights(len(scores), replicates, seed, clusters))
    drawn = np.array(
        [
            np.mean(
                [np.concatenate([weighted_srcc(run, scores, w) for w in blocks]) for run in model],
                axis=0,
            )
            for model in runs
        ]
    )  # (models, replicates)
    values, samples = np.diff(observed, axis=0), np.diff(drawn, axis=0)
    total = _interval(values.sum(axis=0), samples.sum(axis=0), level)
    steps = [_interval(*pair, level) for pair in zip(values, samples, strict=True)]
    if total.low <= 0 <= total.high:
        return Decomposition(total, steps, None)
    parts = zip(values / values.sum(axis=0), samples / samples.sum(axis=0), strict=True)
    return Decomposition(total, steps, [_interval(*part, level) for part in parts])


def _interval(value: Array, sample: Array, level: float) -> Interval:
    low, high = np.nanquantile(sample, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value[0]), float(low), float(high))
