"""How well the true scores could rank the observed ones, given what is known of the raters' noise.

A mean opinion score of n votes with standard deviation s has a standard error of s / sqrt(n). By
classical test theory (Spearman, 1904) the variance of observed scores is that of the true scores
plus the mean of the squared errors. True scores are not known: the observed ones, drawn together
until they have the true variance, stand in for them, and noise is added to these again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartiqa.metrics.correlation import plcc, srcc

Array = NDArray[np.float64]
DRAWS = 100


def noise_ceiling(scores: Array, spread: Array, votes: Array, seed: int) -> dict[str, float] | None:
    """Return the expected SRCC and PLCC between true and observed scores, by simulation.

    Args:
        scores: mean opinion scores, shape (images,).
        spread: standard deviations of the votes, on the same scale.
        votes: numbers of votes.
        seed: of the simulated noise.

    Returns:
        None if an image lacks spread or votes, or if the scores vary no more than their errors.
    """
    if not (np.isfinite(spread).all() and (votes > 0).all()):
        return None
    errors = spread / np.sqrt(votes)
    variance = float(scores.var())
    true_variance = variance - float(np.square(errors).mean())
    if true_variance <= 0:
        return None
    true = scores.mean() + np.sqrt(true_variance / variance) * (scores - scores.mean())
    noise = np.random.default_rng(seed).standard_normal((DRAWS, scores.size)) * errors
    return {
        "srcc": float(np.mean([srcc(true, true + each) for each in noise])),
        "plcc": float(np.mean([plcc(true, true + each) for each in noise])),
    }
