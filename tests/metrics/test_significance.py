from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartiqa.errors import InputError
from smartiqa.metrics.correlation import plcc
from smartiqa.metrics.significance import compare_dependent_correlations, holm

correlations = st.floats(-0.95, 0.95)


def test_worked_example_of_meng_rosenthal_and_rubin():
    test = compare_dependent_correlations(0.63, -0.03, -0.19, 15)
    assert test.z == pytest.approx(1.68, abs=0.005)
    assert test.p_value / 2 == pytest.approx(0.047, abs=0.0005)  # theirs is one-sided


def test_worked_example_of_silver_hittner_and_may():
    test = compare_dependent_correlations(0.3, 0.4, 0.5, 100)
    assert test == pytest.approx((-1.0707, 0.2843), abs=5e-5)


@given(correlations, correlations, st.floats(-0.9, 0.9), st.integers(4, 5000))
def test_swapping_the_models_changes_the_sign(first, second, between, images):
    one = compare_dependent_correlations(first, second, between, images)
    other = compare_dependent_correlations(second, first, between, images)
    assert (one.z, one.p_value) == (-other.z, other.p_value)
    assert 0 <= one.p_value <= 1


def test_equally_good_models_differ_significantly_about_as_often_as_stated():
    rng = np.random.default_rng(0)
    covariance = [[1, 0.7, 0.7], [0.7, 1, 0.6], [0.7, 0.6, 1]]
    p_values = []
    for _ in range(1000):
        truth, first, second = rng.multivariate_normal([0, 0, 0], covariance, 60).T
        rs = plcc(first, truth), plcc(second, truth), plcc(first, second)
        p_values.append(compare_dependent_correlations(*rs, 60).p_value)
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.02)


def test_identical_models_do_not_differ():
    assert compare_dependent_correlations(0.9, 0.9, 1.0, 50) == (0, 1)


@pytest.mark.parametrize(("first", "second", "images"), [(1, 0.5, 9), (0.5, -1, 9), (0.5, 0.4, 3)])
def test_undefined_comparison_is_named(first, second, images):
    with pytest.raises(InputError, match="at least 4 images"):
        compare_dependent_correlations(first, second, 0.5, images)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.9, 0.6], [1, 1]),
        ([0.2], [0.2]),
        ([], []),
    ],
)
def test_holm_on_worked_examples(p_values, adjusted):
    assert holm(p_values) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_holm_keeps_the_order_and_never_lowers(p_values, random):
    adjusted = holm(p_values)
    bonferroni = [min(1.0, p * len(p_values)) for p in p_values]
    assert all(p <= a <= b for p, a, b in zip(p_values, adjusted, bonferroni, strict=True))
    order = list(range(len(p_values)))
    random.shuffle(order)
    assert holm([p_values[i] for i in order]) == [adjusted[i] for i in order]
