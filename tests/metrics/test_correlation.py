from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from smartiqa.core.errors import InputError
from smartiqa.metrics.correlation import (
    FORMULAS,
    plcc,
    srcc,
    weighted_krcc,
    weighted_plcc,
    weighted_rmse,
    weighted_srcc,
)
from smartiqa.metrics.measures import Measure, all_measures


def krcc(x, y):
    return weighted_krcc(np.asarray(x, float), np.asarray(y, float), np.ones((1, len(x))))[0]


def rmse(x, y):
    return weighted_rmse(np.asarray(x, float), np.asarray(y, float), np.ones((1, len(x))))[0]


CORRELATIONS = {
    srcc: (weighted_srcc, lambda x, y: stats.spearmanr(x, y).statistic),
    plcc: (weighted_plcc, lambda x, y: stats.pearsonr(x, y).statistic),
    krcc: (weighted_krcc, lambda x, y: stats.kendalltau(x, y).statistic),
}
WEIGHTED = {plain: weighted for plain, (weighted, _) in CORRELATIONS.items()}


def noisy_scores(images, decimals, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 20, images)
    return (truth + rng.normal(0, 15, images)).round(decimals), truth.round(decimals)


@st.composite
def score_pairs(draw):
    scores = st.lists(st.integers(-20, 20), min_size=12, max_size=12)
    varying = scores.filter(lambda values: len(set(values)) > 1)
    return np.array(draw(varying), float), np.array(draw(varying), float)


@pytest.mark.parametrize("measure", CORRELATIONS)
@pytest.mark.parametrize("decimals", [-1, 0, 9], ids=["many-ties", "ties", "no-ties"])
@pytest.mark.parametrize("images", [8, 256, 257, 600])
def test_agrees_with_scipy(measure, decimals, images):
    x, y = noisy_scores(images, decimals)
    assert measure(x, y) == pytest.approx(CORRELATIONS[measure][1](x, y), abs=1e-12)


def test_known_values():
    assert srcc([1, 2, 3, 4], [10, 30, 20, 40]) == 0.8
    assert krcc([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(4 / 6)
    assert plcc([0, 1, 2], [0, 1, 0]) == 0
    assert rmse([1, 2, 3], [1, 4, 7]) == pytest.approx(math.sqrt(20 / 3))


@given(score_pairs())
def test_krcc_is_tau_b_counted_pair_by_pair(pair):
    x, y = pair
    agreement = untied_x = untied_y = 0
    for i in range(len(x)):
        for j in range(i):
            agreement += np.sign((x[i] - x[j]) * (y[i] - y[j]))
            untied_x += x[i] != x[j]
            untied_y += y[i] != y[j]
    assert krcc(x, y) == pytest.approx(agreement / math.sqrt(untied_x * untied_y), abs=1e-12)


@pytest.mark.parametrize("measure", [srcc, krcc])
@given(pair=score_pairs())
def test_rank_correlations_ignore_increasing_maps(measure, pair):
    x, y = pair
    assert measure(np.exp(x / 4), y**3 + y) == measure(x, y)


@given(score_pairs(), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_plcc_ignores_affine_maps(pair, scale, shift):
    x, y = pair
    assert plcc(scale * x + shift, y) == pytest.approx(plcc(x, y), abs=1e-9)


@pytest.mark.parametrize("measure", CORRELATIONS)
@given(pair=score_pairs())
def test_correlations_are_symmetric_odd_and_bounded(measure, pair):
    x, y = pair
    value = measure(x, y)
    assert -1 <= value <= 1
    assert measure(y, x) == pytest.approx(value, abs=1e-12)
    assert measure(-x, y) == pytest.approx(-value, abs=1e-12)
    assert measure(x, x) == pytest.approx(1, abs=1e-12)


@given(score_pairs(), st.floats(-50, 50))
def test_rmse_is_a_distance(pair, shift):
    x, y = pair
    assert rmse(x, y) == rmse(y, x) == pytest.approx(float(np.linalg.norm(x - y)) / math.sqrt(12))
    assert rmse(x, x + shift) == pytest.approx(abs(shift))


@pytest.mark.parametrize("measure", [*CORRELATIONS, rmse])
@settings(max_examples=30)
@given(pair=score_pairs(), seed=st.integers(0, 1000))
def test_a_weight_counts_an_image_that_often(measure, pair, seed):
    x, y = pair
    counts = np.random.default_rng(seed).integers(0, 4, (5, x.size))
    counts[:, 0] += 1
    weighted = {**WEIGHTED, rmse: weighted_rmse}[measure](x, y, counts.astype(float))
    for value, times in zip(weighted, counts, strict=True):
        try:
            expected = measure(np.repeat(x, times), np.repeat(y, times))
        except InputError:
            expected = math.nan
        assert value == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("measure", CORRELATIONS)
@pytest.mark.parametrize("other", [0.7, -0.7], ids=["lowest", "highest"])
def test_a_replicate_of_one_score_only_is_undefined(measure, other):
    # 0.1 three times: a naive mean is off by rounding, which would give a correlation of noise.
    x, y = np.array([0.1, 0.1, 0.1, other]), np.array([0.3, 0.2, 0.9, 0.5])
    values = WEIGHTED[measure](x, y, np.array([[1.0, 1, 1, 0], [1, 1, 1, 1]]))
    assert np.isnan(values).tolist() == [True, False]


@pytest.mark.parametrize("measure", [srcc, plcc])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([0.1, 0.1, 0.1], [1, 2, 3], "first input is constant"),
        ([1, 2, 3], [5, 5, 5], "second input is constant"),
        ([1], [1], "first input is constant"),
        ([1, math.nan, 3], [1, 2, 3], "value 1 .* first input is nan"),
        ([1, 2, 3], [1, 2, math.inf], "value 2 .* second input is inf"),
        ([1, 2, 3], [1, 2], "two vectors"),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]], "two vectors"),
        ([], [], "two vectors"),
    ],
)
def test_undefined_input_is_named(measure, x, y, message):
    with pytest.raises(InputError, match=f"{measure.__name__.upper()}.*{message}"):
        measure(x, y)


def test_every_measure_has_a_formula():
    assert list(FORMULAS) == list(all_measures()) == list(get_args(Measure))


def test_rmse_takes_constant_scores():
    assert rmse([2, 2], [5, 5]) == 3
