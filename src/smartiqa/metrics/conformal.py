"""Intervals for single predictions, by split conformal prediction.

A model's absolute errors on images that it was not fitted to bound its error on the next image:
with n of them, the interval "prediction plus or minus the k-th smallest", k = ceil((n + 1) level),
holds the true score with a probability of at least `level`, whatever the model is and however
errors are distributed, if the next image is exchangeable with those n (Vovk, Gammerman and Shafer,
2005; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, JASA, 2018, theorem 2.2).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from smartiqa.metrics.correlation import Array

LEVEL = 0.9  # of intervals for single images


def half_width(errors: ArrayLike, level: float = LEVEL) -> float:
    """Return what to add to, and take from, a prediction; infinite if there are too few errors.

    Args:
        errors: absolute errors on images held out, shape (images,).
        level: the probability with which the interval is to hold the true score.

    Example:
        >>> half_width([3, 1, 4, 2, 9, 5, 7, 6, 8])
        9.0
    """
    ranked = np.sort(np.asarray(errors, dtype=np.float64))
    rank = _rank(ranked.size, level)
    return float(ranked[rank - 1]) if rank <= ranked.size else math.inf


def least_images(level: float = LEVEL) -> int:
    """Return how many images held out it takes for an interval that ends: 9 at a level of 0.9."""
    return next(n for n in range(1, 10**6) if _rank(n, level) <= n)


def _rank(images: int, level: float) -> int:
    return math.ceil(round((images + 1) * level, 9))  # 10 * 0.9 is 9, rounding errors apart


def ends(predictions: ArrayLike, margin: float) -> tuple[Array, Array]:
    """Return the lower and upper ends of intervals, on the scale of qualities, 0 to 100."""
    values = np.asarray(predictions, dtype=np.float64)
    return np.clip(values - margin, 0, 100), np.clip(values + margin, 0, 100)
