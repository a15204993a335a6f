"""Parts of a dataset for learning curves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def nested_subsets(
    series: Sequence[str], shares: Sequence[float], seed: Sequence[int]
) -> list[NDArray[np.intp]]:
    """Draw subsets of images, one a share, each within the next; a series is in or out as a whole.

    Args:
        series: of each image.
        shares: of all images that a subset holds at least, ascending.
        seed: of the order in which series are taken.
    """
    _, codes, sizes = np.unique(np.asarray(series), return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(sizes))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    reached = np.cumsum(sizes[order])
    wanted = [np.searchsorted(reached, least_images(share, len(codes))) for share in shares]
    return [np.flatnonzero(place[codes] <= last) for last in wanted]


def least_images(share: float, images: int) -> int:
    """Return the least number of images that is at least a share of all."""
    return math.ceil(round(share * images, 9))  # 100 * 0.07 is 7, rounding errors apart
