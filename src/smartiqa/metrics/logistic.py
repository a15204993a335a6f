"""The customary logistic mapping of predictions onto the scale of the true scores.

PLCC and RMSE after such a fit forgive a curved relation between predictions and scores (Video
Quality Experts Group, 2000: four parameters; Sheikh, Sabir and Bovik, 2006: five). The mapping is
fitted on the very images that it is judged on, and PLCC after it has lost its sign.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.special import expit

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import Array, varying_pair

# Logarithm of the slope, and centre, in standard deviations of the predictions. The bounds make a
# best fit exist: without them it may lie at infinity, as a step, a parabola or an exponential.
LOWEST, HIGHEST = (np.log(0.1), -10.0), (np.log(50.0), 10.0)
STARTS = np.stack(
    np.meshgrid(np.log([0.3, 0.7, 1.5, 3.0, 6.0, 12.0, 25.0]), [-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4]),
    axis=-1,
).reshape(-1, 2)  # (starts, 2)
EVALUATIONS = 100
NEGLIGIBLE = 1e-20


class Mapping(NamedTuple):
    """The fitted curve b1 (1/2 - 1 / (1 + exp(b2 (s - b3)))) + b4 s + b5.

    Here s = (prediction - mean) / spread; b4 is 0 in the curve of four parameters.
    """

    b1: float
    b2: float
    b3: float
    b4: float
    b5: float
    mean: float
    spread: float

    def __call__(self, predictions: ArrayLike) -> Array:
        """Map predictions, of any shape, onto the scale of the true scores."""
        s = (np.asarray(predictions, dtype=np.float64) - self.mean) / self.spread
        mapped: Array = self.b1 * _logistic(s, self.b2, self.b3) + self.b4 * s + self.b5
        return mapped


def fit_logistic(x: ArrayLike, y: ArrayLike, parameters: Literal[4, 5] = 5) -> Mapping:
    """Fit the curve by least squares.

    Given b2 and b3 the curve is linear in the other coefficients, so only b2 and b3 are searched
    for: from the best of fixed starting points, for at most 100 steps, within fixed bounds. Hence
    every data set has a fit, and with five parameters none is worse than a straight line.

    Args:
        x: predictions, shape (images,).
        y: true scores, shape (images,).
        parameters: 5, or 4 to leave out the linear term.

    Raises:
        InputError: as for `correlation.srcc`, or there are no more images than parameters.
    """
    x, y = varying_pair("the logistic fit", x, y)
    if x.size <= parameters:
        raise InputError(
            f"the logistic fit has {parameters} parameters and takes more images than that, "
            f"not {x.size}"
        )
    mean, spread = float(x.mean()), float(x.std())
    s = (x - mean) / spread
    linear = np.stack([np.ones_like(s), s][: parameters - 3], axis=1)  # (images, 1 or 2)
    b2, b3 = _search(s, y, linear)
    columns = np.column_stack([_logistic(s, b2, b3), linear])
    b1, b5, *b4 = np.linalg.lstsq(columns, y)[0].tolist()
    return Mapping(b1, b2, b3, b4[0] if b4 else 0.0, b5, mean, spread)


def _logistic(s: Array, slope: ArrayLike, centre: ArrayLike) -> Array:
    values: Array = expit(np.multiply(slope, np.subtract(s, centre))) - 0.5
    return values


def _search(s: Array, y: Array, linear: Array) -> tuple[float, float]:
    """Slope and centre of the logistic that, with the linear columns, explains y best."""
    basis = np.linalg.qr(linear)[0]
    rest = y - basis @ (basis.T @ y)

    def unexplained(shape: Array) -> Array:
        """What is left of y, (..., images), for shapes (..., 2) of log slope and centre."""
        curve = _logistic(s, np.exp(shape[..., :1]), shape[..., 1:])
        curve = curve - (curve @ basis) @ basis.T
        size = np.square(curve).sum(axis=-1, keepdims=True) + NEGLIGIBLE * s.size
        left: Array = rest - (curve @ rest)[..., np.newaxis] / size * curve
        return left

    start = STARTS[np.square(unexplained(STARTS)).sum(axis=-1).argmin()]
    found = least_squares(unexplained, start, bounds=(LOWEST, HIGHEST), max_nfev=EVALUATIONS)
    return float(np.exp(found.x[0])), float(found.x[1])
