"""Percentile bootstrap over images: intervals of a measure and of differences between models.

A statistic is a function (predictions, true scores) -> float such as `correlation.srcc`. Images are
drawn with replacement, the same draw for every model and every seed of a model, since they all
predict the same images. Where several images share a reference photo or scene they are not
independent: `clusters` then names the photo of each image, and whole clusters are drawn.

Predictions of one run have shape (images,), those of several seeds (seeds, images). The statistic
is then the mean over seeds, and every replicate also draws the seeds anew, so that an interval
covers the chance of training as well as the chance of the test images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartiqa.errors import InputError
from smartiqa.metrics.correlation import (
    Array,
    krcc,
    plcc,
    rmse,
    srcc,
    weighted_krcc,
    weighted_plcc,
    weighted_rmse,
    weighted_srcc,
)

Statistic = Callable[[ArrayLike, ArrayLike], float]

REPLICATES_AT_ONCE = 128
VECTORISED: dict[Statistic, Callable[[Array, Array, Array], Array]] = {
    srcc: weighted_srcc,
    plcc: weighted_plcc,
    krcc: weighted_krcc,
    rmse: weighted_rmse,
}


class Interval(NamedTuple):
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """A difference with its confidence interval and the two-sided p-value of "no difference"."""

    value: float
    low: float
    high: float
    p_value: float


def bootstrap_interval(
    statistic: Statistic,
    x: ArrayLike,
    y: ArrayLike,
    *,
    replicates: int,
    seed: int,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Interval:
    """Percentile interval of a statistic; equal arguments give equal bytes.

    Replicates for which the statistic is undefined (all drawn images have one score) are left out.

    Args:
        statistic: function (predictions, true scores) -> float.
        x: predictions, shape (images,) or (seeds, images).
        y: true scores, shape (images,).
        replicates: number of bootstrap replicates.
        seed: seed of the draws.
        level: coverage, between 0 and 1.
        clusters: label of each image's cluster, shape (images,); None: every image by itself.

    Raises:
        InputError: the statistic is undefined for these data, or there are fewer than two clusters.
    """
    runs, truth = np.atleast_2d(np.asarray(x, float)), np.asarray(y, float)
    value = _mean_over_seeds(statistic, runs, truth)
    blocks = resampling_weights(truth.size, replicates, seed, clusters)
    sample = _replicates(statistic, runs, truth, blocks, np.random.default_rng([seed, 1]))
    return Interval(value, *_percentiles(sample, level))


def paired_difference(
    statistic: Statistic,
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    replicates: int,
    seed: int,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Difference:
    """Statistic of `first` less that of `second`, on the same images.

    The p-value is twice the smaller share of replicates on one side of zero, where the observed
    data count as one more replicate on either side (so that it is never 0); it is at least
    2 / (replicates + 1).

    Args:
        statistic: function (predictions, true scores) -> float.
        truth: true scores, shape (images,).
        first: predictions of one model, shape (images,) or (seeds, images).
        second: predictions of the other; the numbers of seeds may differ.
        replicates: number of bootstrap replicates.
        seed: seed of the draws.
        level: coverage, between 0 and 1.
        clusters: label of each image's cluster, shape (images,); None: every image by itself.

    Raises:
        InputError: as for `bootstrap_interval`.
    """
    truth = np.asarray(truth, float)
    values, samples = [], []
    for stream, predictions in enumerate((first, second), start=1):
        runs = np.atleast_2d(np.asarray(predictions, float))
        values.append(_mean_over_seeds(statistic, runs, truth))
        blocks = resampling_weights(truth.size, replicates, seed, clusters)
        rng = np.random.default_rng([seed, stream])
        samples.append(_replicates(statistic, runs, truth, blocks, rng))
    sample = samples[0] - samples[1]
    return Difference(values[0] - values[1], *_percentiles(sample, level), _two_sided(sample))


def resampling_weights(
    images: int, replicates: int, seed: int, clusters: ArrayLike | None = None
) -> Iterator[Array]:
    """Yield how often each image is drawn, in blocks of shape (some replicates, images).

    Raises:
        InputError: there are fewer than two clusters, or not one label per image.
    """
    labels = np.arange(images) if clusters is None else np.asarray(clusters)
    names, cluster = np.unique(labels, return_inverse=True)
    if labels.shape != (images,) or names.size < 2:
        raise InputError(
            f"a bootstrap over {images} images takes one cluster label per image and at least two "
            f"clusters, not labels of shape {labels.shape} with {names.size} different ones"
        )
    rng = np.random.default_rng(seed)
    for start in range(0, replicates, REPLICATES_AT_ONCE):
        shape = (min(REPLICATES_AT_ONCE, replicates - start), names.size)
        drawn = rng.integers(names.size, size=shape) + names.size * np.arange(shape[0])[:, None]
        counts = np.bincount(drawn.ravel(), minlength=shape[0] * names.size).reshape(shape)
        yield counts[:, cluster].astype(np.float64)


def _mean_over_seeds(statistic: Statistic, runs: Array, truth: Array) -> float:
    return float(np.mean([statistic(run, truth) for run in runs]))


def _replicates(
    statistic: Statistic,
    runs: Array,
    truth: Array,
    blocks: Iterable[Array],
    rng: np.random.Generator,
) -> Array:
    """The statistic of each replicate, averaged over seeds drawn anew, shape (replicates,)."""
    by_seed = np.concatenate(
        [[_block(statistic, run, truth, weights) for run in runs] for weights in blocks], axis=1
    )  # (seeds, replicates)
    drawn = rng.integers(len(runs), size=by_seed.shape)
    mean: Array = np.take_along_axis(by_seed, drawn, axis=0).mean(axis=0)
    return mean


def _block(statistic: Statistic, run: Array, truth: Array, weights: Array) -> Array:
    if statistic in VECTORISED:
        return VECTORISED[statistic](run, truth, weights)
    return np.array([_or_nan(statistic, run, truth, counts) for counts in weights.astype(int)])


def _or_nan(statistic: Statistic, run: Array, truth: Array, counts: NDArray[np.int_]) -> float:
    try:
        return statistic(np.repeat(run, counts), np.repeat(truth, counts))
    except InputError:
        return float("nan")


def _percentiles(sample: Array, level: float) -> tuple[float, float]:
    defined = sample[~np.isnan(sample)]
    if not defined.size:
        raise InputError("the statistic is undefined in every bootstrap replicate: too few images")
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _two_sided(sample: Array) -> float:
    defined = sample[~np.isnan(sample)]
    smaller = min((defined <= 0).sum(), (defined >= 0).sum())
    return min(1.0, 2 * float(smaller + 1) / (defined.size + 1))
