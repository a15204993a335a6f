"""Tests of differences between correlations, and their correction for many comparisons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from smartiqa.errors import InputError


class ZTest(NamedTuple):
    """A standard normal test statistic with its two-sided p-value."""

    z: float
    p_value: float


def compare_dependent_correlations(
    first: float, second: float, between: float, images: int
) -> ZTest:
    """Test whether two models correlate equally well with the scores of the same images.

    Meng, Rosenthal and Rubin (1992), equation 1, on Fisher-transformed correlations. Derived for
    Pearson's correlation; for Spearman's it is customary and slightly liberal.

    Args:
        first: correlation of the first model's predictions with the true scores.
        second: that of the second model.
        between: correlation of the two models' predictions with each other.
        images: number of images.

    Returns:
        z, positive if `first` is the larger one, and its p-value; z = 0 for equal correlations.

    Raises:
        InputError: fewer than four images, or `first` or `second` is 1 or -1.
    """
    if images < 4 or max(abs(first), abs(second)) >= 1:
        raise InputError(
            "comparing dependent correlations takes at least 4 images and correlations strictly "
            f"between -1 and 1, not {images} images and {first:g}, {second:g}"
        )
    if first == second:
        return ZTest(0.0, 1.0)
    mean_square = (first**2 + second**2) / 2
    f = min(1.0, (1 - between) / (2 * (1 - mean_square)))
    h = (1 - f * mean_square) / (1 - mean_square)
    variance = 2 * (1 - between) * h / (images - 3)
    z = (math.atanh(first) - math.atanh(second)) / math.sqrt(variance)
    return ZTest(z, math.erfc(abs(z) / math.sqrt(2)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number by Holm's step-down method (1979), in the given order.

    The k-th smallest of m is multiplied by m - k + 1, made no smaller than the one before it, and
    capped at 1; comparing with 0.05 then keeps the chance of any false finding below 0.05.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
