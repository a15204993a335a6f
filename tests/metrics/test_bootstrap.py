from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from smartiqa.errors import InputError
from smartiqa.metrics.bootstrap import (
    VECTORISED,
    bootstrap_interval,
    paired_difference,
    resampling_weights,
)
from smartiqa.metrics.correlation import krcc, plcc, rmse, srcc


def model_scores(images, *noises, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 15, images).round(1)
    return truth, *(truth + rng.normal(0, noise, images) for noise in noises)


@pytest.mark.parametrize("statistic", VECTORISED)
def test_equal_arguments_give_equal_bytes(statistic):
    truth, scores = model_scores(60, 10)
    once, again, other = (
        np.array(bootstrap_interval(statistic, scores, truth, replicates=300, seed=seed)).tobytes()
        for seed in (1, 1, 2)
    )
    assert once == again != other


@pytest.mark.parametrize("statistic", VECTORISED)
def test_vectorised_replicates_equal_one_call_per_replicate(statistic):
    truth, scores = model_scores(40, 10)
    fast, slow = (
        bootstrap_interval(function, scores, truth, replicates=200, seed=3)
        for function in (statistic, lambda x, y: statistic(x, y))
    )
    assert fast == pytest.approx(slow, abs=1e-12)


@pytest.mark.parametrize("statistic", [srcc, plcc, krcc, rmse])
def test_interval_agrees_with_scipy(statistic):
    truth, scores = model_scores(100, 10)
    ours = bootstrap_interval(statistic, scores, truth, replicates=4000, seed=0, level=0.9)
    theirs = stats.bootstrap(
        (scores, truth),
        statistic,
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=1000,
        confidence_level=0.9,
        rng=np.random.default_rng(0),
    )
    assert ours.value == statistic(scores, truth)
    assert ours[1:] == pytest.approx(theirs.confidence_interval, abs=0.15 * (ours.high - ours.low))


def test_interval_covers_the_true_value_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 80).T
        interval = bootstrap_interval(plcc, x, y, replicates=200, seed=seed)
        covered += interval.low <= 0.8 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_weights_draw_as_many_images_as_there_are():
    weights = np.concatenate(list(resampling_weights(50, 300, seed=0)))
    assert weights.shape == (300, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert weights.mean() == 1
    assert weights.var() == pytest.approx(1 - 1 / 50, rel=0.05)


def test_clusters_are_drawn_whole():
    truth, scores = model_scores(40, 10)
    single = bootstrap_interval(srcc, scores, truth, replicates=300, seed=0)
    twice = [np.tile(values, 2) for values in (scores, truth)]
    names = np.array([f"photo{k:02d}" for k in range(40)] * 2)
    assert bootstrap_interval(
        srcc, *twice, replicates=300, seed=0, clusters=names
    ) == pytest.approx(single)
    ignored = bootstrap_interval(srcc, *twice, replicates=300, seed=0)
    assert ignored.high - ignored.low < 0.85 * (single.high - single.low)


def test_several_seeds_give_the_mean_and_widen_the_interval():
    truth, good, poor = model_scores(400, 8, 20)
    alone = bootstrap_interval(srcc, good, truth, replicates=300, seed=0)
    same = bootstrap_interval(srcc, [good, good], truth, replicates=300, seed=0)
    mixed = bootstrap_interval(srcc, [good, poor], truth, replicates=300, seed=0)
    assert same == pytest.approx(alone)
    assert mixed.value == pytest.approx((srcc(good, truth) + srcc(poor, truth)) / 2)
    assert mixed.low < srcc(poor, truth) < srcc(good, truth) < mixed.high


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_difference_changes_sign_with_the_models(seed):
    truth, first, second = model_scores(30, 8, 12, seed=seed)
    one = paired_difference(srcc, truth, first, second, replicates=100, seed=seed)
    other = paired_difference(srcc, truth, second, first, replicates=100, seed=seed)
    assert one == pytest.approx((-other.value, -other.high, -other.low, other.p_value))
    assert one.value == srcc(first, truth) - srcc(second, truth)


def test_no_difference_between_a_model_and_itself():
    truth, scores = model_scores(30, 8)
    assert paired_difference(krcc, truth, scores, scores, replicates=99, seed=0) == (0, 0, 0, 1)


def test_a_clear_difference_has_the_smallest_possible_p_value():
    truth, good, poor = model_scores(300, 5, 20)
    difference = paired_difference(srcc, truth, good, poor, replicates=499, seed=0)
    assert 0 < difference.low < difference.value < difference.high
    assert difference.p_value == pytest.approx(2 / 500)


def test_equally_good_models_differ_significantly_about_as_often_as_stated():
    p_values = []
    for seed in range(200):
        truth, first, second = model_scores(60, 10, 10, seed=seed)
        p_values.append(
            paired_difference(srcc, truth, first, second, replicates=199, seed=seed).p_value
        )
    assert 0.01 <= np.mean(np.array(p_values) < 0.05) <= 0.1
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.08)


def test_pairing_narrows_the_interval_of_similar_models():
    truth, shared = model_scores(200, 15)
    first, second = shared + 1, shared + np.random.default_rng(1).normal(0, 1, 200)
    difference = paired_difference(plcc, truth, first, second, replicates=300, seed=0)
    single = bootstrap_interval(plcc, first, truth, replicates=300, seed=0)
    assert difference.high - difference.low < 0.3 * (single.high - single.low)


def test_differences_of_several_seeds_count_the_chance_of_training():
    truth, lucky, unlucky, other = model_scores(400, 8, 12, 10)
    one_seed = paired_difference(srcc, truth, lucky, other, replicates=300, seed=0)
    seeds = paired_difference(srcc, truth, [lucky, unlucky], other, replicates=300, seed=0)
    assert one_seed.p_value < 0.05 < seeds.p_value


@pytest.mark.parametrize("statistic", [srcc, lambda x, y: srcc(x, y)], ids=["fast", "slow"])
def test_undefined_replicates_are_left_out(statistic):
    # With two pairs, half of the replicates hold one pair twice: one score only.
    interval = bootstrap_interval(
        statistic, [1, 1, 2, 2], [1, 1, 2, 2], replicates=100, seed=0, clusters=[0, 0, 1, 1]
    )
    assert interval == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    ("x", "y", "clusters", "message"),
    [
        ([1, 2, 3], [1, 2, 3], ["a", "a", "a"], "at least two clusters"),
        ([1, 2, 3], [1, 2, 3], ["a", "b"], "one cluster label per image"),
        ([1, 1, 1], [1, 2, 3], None, "first input is constant"),
        ([1, 2], [1, 2, 3], None, "two vectors"),
    ],
)
def test_data_without_an_interval_are_named(x, y, clusters, message):
    with pytest.raises(InputError, match=message):
        bootstrap_interval(srcc, x, y, replicates=50, seed=0, clusters=clusters)


def test_undefined_in_every_replicate():
    def only_on_all_images(x, y):
        if len(set(x)) < 40:
            raise InputError("too few")
        return 0.0

    with pytest.raises(InputError, match="every bootstrap replicate"):
        bootstrap_interval(only_on_all_images, range(40), range(40), replicates=20, seed=0)
