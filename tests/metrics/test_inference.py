from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from smartiqa.core.errors import InputError
from smartiqa.metrics.inference import (
    Runs,
    contrast,
    correlation_interval,
    least_correlation,
    measure_interval,
    positive_interval,
    share,
)
from smartiqa.metrics.verdicts import enough_for_a_verdict, too_little_for_a_verdict

STEP = np.eye(4)


def runs(*means: float, seeds: int = 3, spread: float = 0.004, rough: float = 0.002) -> list[Runs]:
    rng = np.random.default_rng(0)
    return [
        Runs(m + rng.normal(0, spread, seeds), m + rng.normal(0, rough, (seeds, 6))) for m in means
    ]


def test_without_chance_of_contents_it_is_the_test_of_welch() -> None:
    first, second = runs(0.7, 0.71, rough=0.0)
    flat = [Runs(r.values, np.full((3, 6), r.values.mean())) for r in (first, second)]
    found, expected = (
        contrast(flat, [-1, 1]),
        stats.ttest_ind(second.values, first.values, equal_var=False),
    )
    assert found.p_value() == pytest.approx(expected.pvalue)
    assert found.interval()[1:] == pytest.approx(tuple(expected.confidence_interval()))


def test_of_one_seed_and_a_mean_it_is_the_test_of_student() -> None:
    rng = np.random.default_rng(1)
    sample = rng.normal(0.5, 1, 12)
    left_out = np.array([np.delete(sample, k).mean() for k in range(12)])
    found = contrast([Runs(np.array([sample.mean()]), left_out[np.newaxis])], [1])
    expected = stats.ttest_1samp(sample, 0)
    assert found.p_value() == pytest.approx(expected.pvalue)
    assert found.interval()[1:] == pytest.approx(tuple(expected.confidence_interval()))


def test_both_kinds_of_chance_widen_the_interval() -> None:
    def width(**changes: float) -> float:
        _, low, high = contrast(runs(0.7, 0.72, **changes), [-1, 1]).interval()
        return high - low

    assert width(spread=0.02) > width() < width(rough=0.02)


def test_what_is_common_to_both_models_cancels() -> None:
    first, second = runs(0.7, 0.72)
    easy = np.linspace(-0.1, 0.1, 6)
    shifted = [Runs(r.values, r.left_out + easy) for r in (first, second)]
    assert contrast(shifted, [-1, 1]) == pytest.approx(contrast([first, second], [-1, 1]))


def test_two_ways_to_test_the_same_trainings_are_compared_seed_by_seed() -> None:
    first, second = runs(0.7, 0.72, spread=0.02, rough=0.0)
    flat = [np.full((3, 6), r.values.mean()) for r in (first, second)]
    same = [
        Runs(r.values, left_out, ("C3", (1, 2, 3)))
        for r, left_out in zip((first, second), flat, strict=True)
    ]
    found = contrast(same, [-1, 1])
    expected = stats.ttest_rel(second.values, first.values)
    assert found.p_value() == pytest.approx(expected.pvalue)
    assert found.interval()[1:] == pytest.approx(tuple(expected.confidence_interval()))
    other_seeds = [same[0], same[1]._replace(trainings=("C3", (4, 5, 6)))]
    apart = [run._replace(trainings=None) for run in same]
    assert contrast(other_seeds, [-1, 1]) == contrast(apart, [-1, 1]) != found


def test_models_that_predict_the_same_do_not_differ() -> None:
    (model,) = runs(0.7, spread=0.0, rough=0.0)
    found = contrast([model, model], [-1, 1])
    assert found.interval() == pytest.approx((0, 0, 0), abs=1e-12)
    assert found.p_value() == 1


def test_intervals_of_means_stay_in_range() -> None:
    (good,), (poor,) = runs(0.99, spread=0.02), runs(0.01, spread=0.02)
    assert 0.5 < correlation_interval(good).low < correlation_interval(good).high < 1
    assert 0 < positive_interval(poor).low < 0.01


def test_the_kind_of_a_measure_says_on_which_scale_its_interval_is_made() -> None:
    (of_three,) = runs(0.9, spread=0.02)
    assert measure_interval("srcc", of_three) == correlation_interval(of_three)
    assert measure_interval("rmse", of_three) == positive_interval(of_three)
    assert correlation_interval(of_three) != positive_interval(of_three)


def test_an_interval_on_another_scale_is_as_wide_where_both_are_straight() -> None:
    """Fisher's scale and logarithms bend little over a narrow interval."""
    (narrow,) = runs(0.6, spread=1e-4, rough=1e-4)
    plain = contrast([narrow], [1]).interval()
    assert correlation_interval(narrow) == pytest.approx(plain, abs=1e-6)
    assert positive_interval(narrow) == pytest.approx(plain, abs=1e-6)


def test_a_share_includes_zero_exactly_if_its_step_does() -> None:
    for place in range(20):
        models = runs(0.7, 0.78, 0.78 + place / 1000, 0.82)
        step = contrast(models, STEP[2] - STEP[1]).interval()
        found = share(models, STEP[2] - STEP[1], STEP[3] - STEP[0])
        assert (found.low > 0) == (step.low > 0)
        assert found.low < found.value < found.high


def test_the_ends_of_a_share_are_where_the_test_turns() -> None:
    models = runs(0.7, 0.78, 0.8, 0.82)
    part, whole = STEP[1] - STEP[0], STEP[3] - STEP[0]
    for end in share(models, part, whole)[1:]:
        assert contrast(models, part - end * whole).p_value() == pytest.approx(0.05)


def test_a_step_of_nothing_has_a_share_of_nothing() -> None:
    first, last = runs(0.7, 0.8, spread=0.0, rough=0.0)
    found = share([first, first, first, last], STEP[2] - STEP[1], STEP[3] - STEP[0])
    assert found == pytest.approx((0, 0, 0), abs=1e-9)


def test_nothing_has_no_shares() -> None:
    with pytest.raises(InputError, match=r"^a share of a gain that may be zero has no bounds$"):
        share(runs(0.7, 0.72, 0.7, 0.7), STEP[1] - STEP[0], STEP[3] - STEP[0])


@pytest.mark.parametrize(
    ("seeds", "contents", "enough"),
    [((3, 3), 6, True), ((2, 5), 2015, False), ((5, 5), 5, False), ((1, 1), 6, False)],
)
def test_what_a_verdict_takes(seeds: tuple[int, int], contents: int, enough: bool) -> None:
    assert enough_for_a_verdict(seeds, contents) == enough


def test_what_lacks_for_a_verdict_is_said() -> None:
    assert too_little_for_a_verdict([3, 4], 6) == ""
    assert too_little_for_a_verdict([5, 2], 20) == (
        "a verdict takes 3 seeds of each model and 6 test contents, and here are 2 and 20"
    )
    assert too_little_for_a_verdict([5, 7], 4).endswith("and here are 5 and 4")


def test_the_correlation_that_a_difference_of_srccs_takes_agrees_with_simulation() -> None:
    images = 500
    quality, common, *own = np.random.default_rng(0).normal(size=(4, 1500, images))
    first, second = (
        [stats.spearmanr(*pair).statistic for pair in zip(quality, scores, strict=True)]
        for scores in (quality + 0.3 * common + 0.2 * noise for noise in own)
    )
    half_width = 1.96 * np.subtract(second, first).std()
    found = least_correlation(np.mean(first), np.mean(first) + half_width, images)
    assert 0.5 < found == pytest.approx(np.corrcoef(first, second)[0, 1], abs=0.05)
