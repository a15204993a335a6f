from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from smartiqa.errors import InputError
from smartiqa.metrics.bootstrap import resampling_weights
from smartiqa.metrics.decomposition import decompose_gain

Array = NDArray[np.float64]
SETTINGS = {"replicates": 200, "seed": 3}


def models(*noises: float, images: int = 120, seeds: int = 2) -> tuple[Array, list[Array]]:
    """True scores, and predictions (seeds, images) of models with more or less noise."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, images)
    return truth, [truth + rng.normal(0, noise, (seeds, images)) for noise in noises]


def mean_srcc(runs: Array, truth: Array) -> float:
    return float(np.mean([stats.spearmanr(run, truth).statistic for run in runs]))


def test_steps_and_total_are_differences_of_mean_correlations() -> None:
    truth, predictions = models(40, 25, 20, 5)
    found = decompose_gain(truth, predictions, **SETTINGS)
    levels = [mean_srcc(runs, truth) for runs in predictions]
    assert [step.value for step in found.steps] == pytest.approx(np.diff(levels))
    assert found.total.value == pytest.approx(levels[-1] - levels[0])
    assert found.total.value == pytest.approx(sum(step.value for step in found.steps))


def test_shares_are_parts_of_the_total_and_add_up_to_one() -> None:
    truth, predictions = models(40, 25, 20, 5)
    found = decompose_gain(truth, predictions, **SETTINGS)
    assert found.shares is not None
    assert sum(share.value for share in found.shares) == pytest.approx(1)
    for share, step in zip(found.shares, found.steps, strict=True):
        assert share.value == pytest.approx(step.value / found.total.value)
        assert share.low < share.value < share.high


def test_intervals_are_percentiles_of_common_draws() -> None:
    truth, predictions = models(40, 20, 5, seeds=1)
    found = decompose_gain(truth, predictions, **SETTINGS)
    drawn = np.concatenate(list(resampling_weights(120, 200, 3))).astype(int)
    levels = np.array(
        [
            [
                stats.spearmanr(np.repeat(runs[0], counts), np.repeat(truth, counts)).statistic
                for counts in drawn
            ]
            for runs in predictions
        ]
    )  # (models, replicates)
    steps, total = np.diff(levels, axis=0), levels[-1] - levels[0]
    assert found.total[1:] == pytest.approx(np.quantile(total, [0.025, 0.975]))
    assert found.shares is not None
    for step, share, sample in zip(found.steps, found.shares, steps, strict=True):
        assert step[1:] == pytest.approx(np.quantile(sample, [0.025, 0.975]))
        assert share[1:] == pytest.approx(np.quantile(sample / total, [0.025, 0.975]))


def test_without_chance_in_the_draw_intervals_close() -> None:
    # Every cluster holds the same images, so every draw has the same correlations.
    truth, predictions = models(40, 20, 5, images=30)
    copies = [np.tile(runs, 4) for runs in predictions]
    clusters = np.repeat(["a", "b", "c", "d"], 30)
    found = decompose_gain(np.tile(truth, 4), copies, clusters=clusters, **SETTINGS)
    single = [mean_srcc(runs, truth) for runs in predictions]
    assert found.shares is not None
    shares = np.diff(single) / (single[-1] - single[0])
    for interval, value in zip(
        [*found.steps, *found.shares], [*np.diff(single), *shares], strict=True
    ):
        assert interval.value == pytest.approx(value)
        assert (interval.low, interval.high) == pytest.approx((value, value))


def test_a_model_that_changes_nothing_has_no_share() -> None:
    truth, (first, last) = models(40, 5)
    found = decompose_gain(truth, [first, first, last], **SETTINGS)
    assert found.steps[0] == (0, 0, 0)
    assert found.shares is not None
    assert found.shares[0] == (0, 0, 0)
    assert found.shares[1] == pytest.approx((1, 1, 1))


def test_a_loss_is_divided_as_well() -> None:
    truth, predictions = models(5, 20, 40)
    found = decompose_gain(truth, predictions, **SETTINGS)
    assert found.total.high < 0
    assert found.shares is not None
    assert sum(share.value for share in found.shares) == pytest.approx(1)


def test_no_shares_of_a_gain_that_may_be_none() -> None:
    truth, predictions = models(20, 30, 20.5)
    found = decompose_gain(truth, predictions, **SETTINGS)
    assert found.total.low < 0 < found.total.high
    assert found.shares is None


def test_numbers_of_seeds_may_differ_and_are_averaged() -> None:
    truth, (first, last) = models(40, 5, seeds=3)
    found = decompose_gain(truth, [first[:1], last], **SETTINGS)
    expected = mean_srcc(last, truth) - mean_srcc(first[:1], truth)
    assert found.total.value == pytest.approx(expected)
    flat = decompose_gain(truth, [first[0], last], **SETTINGS)
    assert flat == found


def test_equal_seeds_give_equal_intervals() -> None:
    truth, predictions = models(40, 5)
    assert decompose_gain(truth, predictions, **SETTINGS) == decompose_gain(
        truth, predictions, **SETTINGS
    )
    other = decompose_gain(truth, predictions, replicates=200, seed=4)
    assert other.total.low != decompose_gain(truth, predictions, **SETTINGS).total.low


def test_what_cannot_be_divided_is_refused() -> None:
    truth, predictions = models(40, 5)
    with pytest.raises(InputError, match="at least two models, not 1"):
        decompose_gain(truth, predictions[:1], **SETTINGS)
    with pytest.raises(InputError, match="constant"):
        decompose_gain(truth, [predictions[0], np.zeros((1, 120))], **SETTINGS)
    predictions[1][0, 7] = np.nan
    with pytest.raises(InputError, match="finite"):
        decompose_gain(truth, predictions, **SETTINGS)
