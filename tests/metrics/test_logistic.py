from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit
from scipy.special import expit

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import plcc
from smartiqa.metrics.logistic import Mapping, fit_logistic


def rmse(predictions, truth):
    return np.sqrt(np.square(predictions - truth).mean())


def five(s, b1, b2, b3, b4, b5):
    return b1 * (0.5 - expit(-b2 * (s - b3))) + b4 * s + b5


def four(s, b1, b2, b3, b4):
    return b2 + (b1 - b2) * expit((s - b3) / abs(b4))


def saturating_scores(images=300, noise=4.0, seed=0):
    rng = np.random.default_rng(seed)
    predictions = rng.normal(0.4, 0.2, images)
    truth = 10 + 80 * expit((predictions - 0.45) / 0.08) + rng.normal(0, noise, images)
    return predictions, truth


@pytest.mark.parametrize(
    ("parameters", "curve", "start"),
    [(5, five, (80, 12, 0.4, 0.1, 50)), (4, four, (90, 10, 0.4, 0.1))],
)
def test_agrees_with_scipy_curve_fit(parameters, curve, start):
    x, y = saturating_scores()
    theirs = curve(x, *curve_fit(curve, x, y, p0=start, maxfev=10_000)[0])
    ours = fit_logistic(x, y, parameters)(x)
    np.testing.assert_allclose(ours, theirs, atol=0.05)
    assert rmse(ours, y) == pytest.approx(rmse(theirs, y), rel=1e-6)


def test_a_mapping_is_the_curve_of_its_coefficients():
    x = np.linspace(-2, 5, 60)
    curve = Mapping(b1=40, b2=1.7, b3=0.4, b4=3, b5=20, mean=1.2, spread=2)
    np.testing.assert_allclose(curve(x), five((x - 1.2) / 2, 40, 1.7, 0.4, 3, 20), rtol=1e-12)


def test_recovers_a_curve_without_noise():
    x = np.linspace(-2, 5, 60)
    y = five(x, 40, 1.7, 1.2, 3, 20)
    fit = fit_logistic(x, y)
    np.testing.assert_allclose(fit(x), y, atol=1e-4)
    assert (fit.b2 / fit.spread, fit.b3 * fit.spread + fit.mean) == pytest.approx((1.7, 1.2), 1e-3)


def test_four_parameters_have_no_linear_term():
    x, y = saturating_scores()
    fit = fit_logistic(x, y, 4)
    assert fit.b4 == 0
    far = fit([-1e6, 1e6])
    assert far == pytest.approx([10, 90], abs=3)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([np.tanh, np.exp, np.log1p, np.square, np.sign]))
def test_fit_is_never_worse_than_a_line_and_has_the_best_scale(seed, relation):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 3, 60)
    y = relation(x - 0.9) + 0.3 * rng.normal(size=60)
    mapped = fit_logistic(x, y)(x)
    line = np.polynomial.Polynomial.fit(x, y, 1)(x)
    assert rmse(mapped, y) <= rmse(line, y) + 1e-12
    assert plcc(mapped, y) >= abs(plcc(x, y)) - 1e-12
    assert plcc(mapped, y) ** 2 == pytest.approx(1 - rmse(mapped, y) ** 2 / y.var(), abs=1e-9)


@settings(max_examples=25)
@given(st.floats(0.01, 100), st.floats(-100, 100), st.sampled_from([-1, 1]))
def test_units_and_direction_of_the_predictions_do_not_matter(scale, shift, sign):
    x, y = saturating_scores(80)
    moved = sign * scale * x + shift
    assert plcc(fit_logistic(moved, y)(moved), y) == pytest.approx(
        plcc(fit_logistic(x, y)(x), y), abs=1e-6
    )


def test_result_is_the_same_every_time():
    x, y = saturating_scores()
    assert fit_logistic(x, y) == fit_logistic(x.copy(), y.copy())


@pytest.mark.parametrize(
    "x",
    [[0.0, 1] * 5, [0.0] * 9 + [1], [0.0, 1, 2, 3, 4, 5, 6, 7, 8, 1e6]],
    ids=["two-values", "outlier", "far-outlier"],
)
def test_awkward_predictions_still_have_a_fit(x):
    y = [3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    assert abs(plcc(x, y)) - 1e-9 <= plcc(fit_logistic(x, y)(x), y) <= 1


def test_predictions_that_explain_nothing_are_mapped_to_the_mean():
    x = [0, 0, 1, 1, 0, 0, 1, 1]
    assert fit_logistic(x, [1, 2, 1, 2, 1, 2, 1, 2])(x) == pytest.approx([1.5] * 8, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 6], "5 parameters.*not 5"),
        ([1] * 9, range(9), "first input is constant"),
        (range(9), [1] * 9, "second input is constant"),
    ],
)
def test_undefined_fit_is_named(x, y, message):
    with pytest.raises(InputError, match=message):
        fit_logistic(x, y)
