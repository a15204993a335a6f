"""Agreement of predictions with true scores: SRCC, PLCC, KRCC and RMSE.

Each measure exists once, in a form that takes weights of shape (replicates, images): how often an
image counts in a replicate. The plain measure is the case of one replicate in which every image
counts once; a jackknife or bootstrap computes all its replicates together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartiqa.core.errors import InputError
from smartiqa.metrics.measures import Measure

Array = NDArray[np.float64]
# Of predictions (images,), true scores (images,) and weights (replicates, images).
Formula = Callable[[Array, Array, Array], Array]

ROWS_AT_ONCE = 256


def srcc(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rank correlation, between -1 and 1; equal values share their average rank.

    Args:
        x: predictions, shape (images,).
        y: true scores, shape (images,).

    Raises:
        InputError: the lengths differ, a value is not finite, or one side is constant.

    Example:
        >>> srcc([1, 2, 3, 4], [10, 30, 20, 40])
        0.8
    """
    x, y = varying_pair("SRCC", x, y)
    return float(weighted_srcc(x, y, np.ones((1, x.size)))[0])


def plcc(x: ArrayLike, y: ArrayLike) -> float:
    """Pearson's linear correlation, between -1 and 1; arguments and errors as in `srcc`."""
    x, y = varying_pair("PLCC", x, y)
    return float(weighted_plcc(x, y, np.ones((1, x.size)))[0])


def weighted_srcc(x: Array, y: Array, weights: Array) -> Array:
    """SRCC of each replicate, shape (replicates,); NaN where one side is constant."""
    return _weighted_pearson(_weighted_ranks(x, weights), _weighted_ranks(y, weights), weights)


def weighted_plcc(x: Array, y: Array, weights: Array) -> Array:
    """PLCC of each replicate, shape (replicates,); NaN where one side is constant."""
    correlations = _weighted_pearson(x[np.newaxis], y[np.newaxis], weights)
    return np.where(_varies(x, weights) & _varies(y, weights), correlations, np.nan)


def weighted_krcc(x: Array, y: Array, weights: Array) -> Array:
    """Kendall's tau-b of each replicate, shape (replicates,); NaN where one side is constant.

    With s_ij = sign(x_i - x_j) sign(y_i - y_j), concordant less discordant pairs are half of
    sum_ij w_i w_j s_ij. The images x images entries of s are made in blocks of rows.
    """
    excess = np.zeros(len(weights))
    # Single precision is exact and fast here: it only ever holds integers below 2^24.
    counts = weights.astype(np.float32)
    for start in range(0, x.size, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        signs = np.sign(x[rows, np.newaxis] - x) * np.sign(y[rows, np.newaxis] - y)
        sums = counts @ signs.T.astype(np.float32)  # (replicates, rows)
        excess += np.einsum("rn,rn->r", weights[:, rows], sums)
    return _quotient(excess, _untied_pairs(x, weights), _untied_pairs(y, weights))


def weighted_difference(x: Array, y: Array, weights: Array) -> Array:
    """Mean of x - y of each replicate, shape (replicates,)."""
    means: Array = np.einsum("rn,n->r", weights, x - y) / weights.sum(axis=1)
    return means


def weighted_rmse(x: Array, y: Array, weights: Array) -> Array:
    """RMSE of each replicate, shape (replicates,)."""
    squares: Array = np.einsum("rn,n->r", weights, np.square(x - y)) / weights.sum(axis=1)
    return np.sqrt(squares)


FORMULAS: Mapping[Measure, Formula] = {
    "srcc": weighted_srcc,
    "plcc": weighted_plcc,
    "plcc_logistic": weighted_plcc,
    "krcc": weighted_krcc,
    "rmse": weighted_rmse,
}


def finite_pair(measure: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return both inputs as float64 vectors of one length, at least 1, all values finite.

    Raises:
        InputError: they are not; the message names `measure`, the input and the position.
    """
    pair = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if pair[0].ndim != 1 or pair[0].shape != pair[1].shape or not pair[0].size:
        raise InputError(
            f"{measure} takes two vectors with one value per image, "
            f"not inputs of shapes {pair[0].shape} and {pair[1].shape}"
        )
    for which, values in zip(("first", "second"), pair, strict=True):
        faulty = np.flatnonzero(~np.isfinite(values))
        if faulty.size:
            raise InputError(
                f"{measure} takes finite values only, but value {faulty[0]} (counted from 0) "
                f"of its {which} input is {values[faulty[0]]}"
            )
    return pair


def varying_pair(measure: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """As `finite_pair`, and neither input is constant, for which a correlation is undefined.

    Raises:
        InputError: also for a constant input, which the message names.
    """
    pair = finite_pair(measure, x, y)
    for which, values in zip(("first", "second"), pair, strict=True):
        if values.min() == values.max():
            raise InputError(
                f"{measure} is undefined because its {which} input is constant "
                f"({values[0]:g}, {values.size} images); it takes images of different scores"
            )
    return pair


def _varies(values: Array, weights: Array) -> NDArray[np.bool_]:
    drawn = weights > 0
    lowest = np.where(drawn, values, np.inf).min(axis=1)
    highest = np.where(drawn, values, -np.inf).max(axis=1)
    varies: NDArray[np.bool_] = lowest < highest
    return varies


def _group_counts(values: Array, weights: Array) -> tuple[Array, NDArray[np.intp]]:
    """Count the images of each distinct value, (replicates, groups); also give each one's group."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(sizes) - sizes
    return np.add.reduceat(weights[:, order], starts, axis=1), group


def _weighted_ranks(values: Array, weights: Array) -> Array:
    counts, group = _group_counts(values, weights)
    ranks: Array = np.cumsum(counts, axis=1) - (counts - 1) / 2  # (replicates, groups)
    return ranks[:, group]  # (replicates, images)


def _untied_pairs(values: Array, weights: Array) -> Array:
    counts, _ = _group_counts(values, weights)
    pairs: Array = np.square(weights.sum(axis=1)) - np.square(counts).sum(axis=1)
    return pairs


def _weighted_pearson(x: Array, y: Array, weights: Array) -> Array:
    """Pearson correlation of each row; x and y have shape (replicates or 1, images)."""
    total = weights.sum(axis=1, keepdims=True)
    x = x - (weights * x).sum(axis=1, keepdims=True) / total
    y = y - (weights * y).sum(axis=1, keepdims=True) / total
    weighted = weights * x
    return _quotient(
        (weighted * y).sum(axis=1), (weighted * x).sum(axis=1), (weights * y * y).sum(axis=1)
    )


def _quotient(product: Array, x_square: Array, y_square: Array) -> Array:
    scale = np.sqrt(x_square * y_square)
    undefined = np.full_like(product, np.nan)
    return np.clip(np.divide(product, scale, out=undefined, where=scale > 0), -1, 1)
