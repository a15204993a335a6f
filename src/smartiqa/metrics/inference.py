"""How sure a mean over seeds, a difference between experiments or a share of a gain is.

Everything is a contrast: a weighted sum of the mean values of experiments that were tested on the
same images. Its variance has one part for the contents, from leaving contents out of all runs
together (`jackknife`), and one part for the seeds of each experiment, from the spread over them;
of experiments that test the same trainings in two ways, from the spread of their sum seed by seed.
The chance of training that acts on single contents is in both parts; it is not subtracted, so that
an interval is rather too wide than too narrow. The degrees of freedom of the sum are those of
Welch (1947) and Satterthwaite (1946), and intervals and p-values are those of Student's t.

The error rates of all this are simulated by `smartiqa error_rates` and listed in
docs/explanation/statistics.md; what a verdict takes (`verdicts`) follows from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import Array
from smartiqa.metrics.jackknife import Jackknife
from smartiqa.metrics.measures import Measure, all_measures

LEVEL = 0.95  # of intervals


class Interval(NamedTuple):
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float


class Runs(NamedTuple):
    """A measure of the runs of one experiment on the same images.

    Attributes:
        values: on all images, shape (seeds,).
        left_out: without each group of contents, shape (seeds, groups).
        trainings: whose trainings were tested, with their seeds, if others may test the same.
    """

    values: Array
    left_out: Array
    trainings: tuple[str, tuple[int, ...]] | None = None

    @classmethod
    def of(cls, runs: Sequence[Jackknife]) -> Runs:
        """Put together what was measured of each seed."""
        return cls(np.array([run.value for run in runs]), np.array([run.left_out for run in runs]))


class Contrast(NamedTuple):
    """A weighted sum of means over seeds, its standard error and its degrees of freedom."""

    value: float
    error: float
    freedom: float

    def interval(self) -> Interval:
        """The 95 % interval."""
        margin = self._quantile() * self.error
        return Interval(self.value, self.value - margin, self.value + margin)

    def p_value(self) -> float:
        """Two-sided p-value of "the true value is zero"; below 0.05 if the interval excludes it."""
        if self.error == 0:
            return float(self.value == 0)
        return float(2 * stats.t.sf(abs(self.value) / self.error, self.freedom))

    def excess(self) -> float:
        """How far the value lies beyond what its interval covers on either side of zero."""
        return abs(self.value) - self._quantile() * self.error

    def _quantile(self) -> float:
        return float(stats.t.ppf((1 + LEVEL) / 2, self.freedom))


def contrast(experiments: Sequence[Runs], weights: ArrayLike) -> Contrast:
    """Sum the means of experiments with weights, such as -1 and 1 for a difference.

    An experiment with one seed adds nothing to the variance over seeds, which it cannot show: the
    result then covers the chance of the contents alone.

    Args:
        experiments: tested on the same images, with the same groups of contents.
        weights: one an experiment.
    """
    pairs = list(zip(experiments, np.asarray(weights, dtype=np.float64).tolist(), strict=True))
    value = sum(weight * runs.values.mean() for runs, weight in pairs)
    left_out = np.sum([weight * runs.left_out.mean(axis=0) for runs, weight in pairs], axis=0)
    groups = len(left_out)
    by_seed: dict[Hashable, Array] = {}  # of each group of trainings
    for place, (runs, weight) in enumerate(pairs):
        key = place if runs.trainings is None else runs.trainings
        by_seed[key] = by_seed.get(key, 0) + weight * runs.values
    parts = [((groups - 1) * left_out.var(), groups - 1)]
    parts += [
        (values.var(ddof=1) / len(values), len(values) - 1)
        for values in by_seed.values()
        if len(values) > 1
    ]
    variance = float(sum(part for part, _ in parts))
    spent = sum(part**2 / freedom for part, freedom in parts)
    freedom = variance**2 / spent if spent > 0 else groups - 1
    return Contrast(float(value), math.sqrt(variance), float(freedom))


def correlation_interval(runs: Runs) -> Interval:
    """Interval of a mean correlation, made on Fisher's scale so that it ends below 1."""
    mean = contrast([runs], [1])
    if abs(mean.value) >= 1:
        return Interval(mean.value, mean.value, mean.value)
    scaled = mean._replace(value=math.atanh(mean.value), error=mean.error / (1 - mean.value**2))
    _, low, high = scaled.interval()
    return Interval(mean.value, math.tanh(low), math.tanh(high))


def positive_interval(runs: Runs) -> Interval:
    """Interval of a mean error, made on the scale of logarithms so that it ends above 0."""
    mean = contrast([runs], [1])
    if mean.value <= 0:
        return mean.interval()
    scaled = mean._replace(value=math.log(mean.value), error=mean.error / mean.value)
    _, low, high = scaled.interval()
    return Interval(mean.value, math.exp(low), math.exp(high))


def measure_interval(measure: Measure, runs: Runs) -> Interval:
    """Interval of a mean of any measure, made on the scale of its kind."""
    is_error = all_measures()[measure].is_error
    return positive_interval(runs) if is_error else correlation_interval(runs)


def share(experiments: Sequence[Runs], part: ArrayLike, whole: ArrayLike) -> Interval:
    """The quotient of two contrasts, with Fieller's interval (1954).

    The interval holds every number r for which "part - r whole" does not differ from zero, by the
    very test of differences. So it includes 0 exactly if the interval of the part does.

    Args:
        experiments: tested on the same images.
        part: weights of the part, one an experiment.
        whole: weights of the whole.

    Raises:
        InputError: the interval of the whole includes zero, so that the share has no bounds.
    """
    weights, total = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    denominator = contrast(experiments, total)
    if denominator.excess() <= 0:
        raise InputError("a share of a gain that may be zero has no bounds")

    def excess(ratio: float) -> float:
        return contrast(experiments, weights - ratio * total).excess()

    value = contrast(experiments, weights).value / denominator.value
    return Interval(value, _crossing(excess, value, -1.0), _crossing(excess, value, 1.0))


def _crossing(excess: Callable[[float], float], start: float, direction: float) -> float:
    """Where a function that is negative at `start` becomes positive, going one way."""
    if excess(start) >= 0:
        return start
    near, step = start, 0.01
    while excess(start + direction * step) <= 0:
        near, step = start + direction * step, 2 * step
    far = start + direction * step
    return float(optimize.brentq(excess, min(near, far), max(near, far), xtol=1e-12))


def expected_half_width(srcc: float, images: float) -> float:
    """Half-width of the 95 % interval to expect of an SRCC that comes without predictions.

    Fisher's transformation with the standard error of Bonett and Wright (Psychometrika, 2000),
    sqrt((1 + srcc^2 / 2) / (images - 3)).
    """
    quantile = float(stats.norm.ppf((1 + LEVEL) / 2))
    error = quantile * math.sqrt((1 + srcc**2 / 2) / (images - 3))
    return (math.tanh(math.atanh(srcc) + error) - math.tanh(math.atanh(srcc) - error)) / 2


def least_correlation(first: float, second: float, images: float) -> float:
    """How two SRCCs on the same images must correlate for their difference to exclude zero.

    What correlates are their sampling errors, which only the predictions show. The 95 % interval of
    the difference is narrow where they correlate: the square of its half-width is
    a^2 + b^2 - 2 r a b, with the half-widths a and b of the SRCCs.

    Returns:
        the least r; above 1 if no interval excludes zero, below -1 if every one does.
    """
    a, b = (expected_half_width(srcc, images) for srcc in (first, second))
    return (a**2 + b**2 - (second - first) ** 2) / (2 * a * b)
