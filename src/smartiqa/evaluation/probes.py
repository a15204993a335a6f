"""Probes: regressions of the score on frozen features, their settings chosen on validation images.

A linear probe (ridge regression) and a support vector regression with a Gaussian kernel, both by
scikit-learn, on features and scores that training images have standardised. Nothing is random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import euclidean_distances
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import Array, srcc

Kind = Literal["ridge", "svr"]
Predictor = Callable[[Array], Array]
Settings = Mapping[str, float]

PENALTIES = tuple(10.0**power for power in range(5, -2, -1))  # the strongest first
COSTS = (0.1, 1.0, 10.0)  # C; the smoothest function first
GAMMAS = (0.1, 0.3, 1.0, 3.0)  # divided by the number of features; the widest kernel first
TUBE = 0.1  # standard deviations of the training scores within which an error costs nothing


class Probe(NamedTuple):
    """A fitted probe: its settings, its SRCC on the validation images, and what it predicts.

    `predict` maps features (images, channels) to scores (images,).
    """

    settings: Settings
    validation_srcc: float
    predict: Predictor


def fit_probe(
    kind: Kind, train: tuple[Array, Array], validation: tuple[Array, Array]
) -> Probe | None:
    """Fit a probe with each of its settings, and return the one that ranks validation images best.

    Args:
        kind: which regression.
        train: features (images, channels) and scores (images,).
        validation: likewise.

    Returns:
        Of equals the one with the simplest function. None if all of them predict one score for
        every validation image.
    """
    best = None
    for settings, predict in CANDIDATES[kind](*train):
        reached = _srcc(predict(validation[0]), validation[1])
        if reached is not None and (best is None or reached > best.validation_srcc):
            best = Probe(settings, reached, predict)
    return best


def _srcc(predictions: Array, scores: Array) -> float | None:
    try:
        return srcc(predictions, scores)
    except InputError:
        return None


def ridge_candidates(features: Array, scores: Array) -> Iterator[tuple[Settings, Predictor]]:
    """Yield ridge regressions, the strongest penalty first."""
    inputs, mean, spread = _standardised(features, scores)
    for penalty in PENALTIES:
        fitted = Ridge(alpha=penalty).fit(inputs.transform(features), (scores - mean) / spread)

        def predict(others: Array, fitted: Ridge = fitted) -> Array:
            predicted: Array = fitted.predict(inputs.transform(others))
            return mean + spread * predicted

        yield {"penalty": penalty}, predict


def svr_candidates(features: Array, scores: Array) -> Iterator[tuple[Settings, Predictor]]:
    """Yield support vector regressions, the smoothest function first.

    The distances between images are computed once for all settings.
    """
    inputs, mean, spread = _standardised(features, scores)
    known = inputs.transform(features)
    between = euclidean_distances(known, squared=True) / known.shape[1]
    for cost, gamma in product(COSTS, GAMMAS):
        machine = SVR(kernel="precomputed", C=cost, epsilon=TUBE)
        fitted = machine.fit(np.exp(-gamma * between), (scores - mean) / spread)

        def predict(others: Array, fitted: SVR = fitted, gamma: float = gamma) -> Array:
            apart = euclidean_distances(inputs.transform(others), known, squared=True)
            predicted: Array = fitted.predict(np.exp(-gamma * apart / known.shape[1]))
            return mean + spread * predicted

        yield {"C": cost, "gamma": gamma}, predict


CANDIDATES: Mapping[Kind, Callable[[Array, Array], Iterator[tuple[Settings, Predictor]]]] = {
    "ridge": ridge_candidates,
    "svr": svr_candidates,
}


def _standardised(features: Array, scores: Array) -> tuple[StandardScaler, float, float]:
    spread = float(scores.std())
    return StandardScaler().fit(features), float(scores.mean()), spread if spread > 0 else 1.0
