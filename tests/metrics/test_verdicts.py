"""The rules by which a difference, a share or a trend is judged."""

from __future__ import annotations

import pytest

from smartiqa.metrics.measures import Measure
from smartiqa.metrics.verdicts import side_of, size_of_gain, verdict_on

CLEAR_OF_ZERO, AROUND_ZERO = (0.01, 0.03), (-0.01, 0.05)


@pytest.mark.parametrize(
    ("measure", "difference", "interval", "significant", "verdict"),
    [
        ("srcc", 0.02, CLEAR_OF_ZERO, True, "better"),
        ("srcc", -0.02, (-0.03, -0.01), True, "worse"),
        ("rmse", 0.02, CLEAR_OF_ZERO, True, "worse"),
        ("rmse", -0.02, (-0.03, -0.01), True, "better"),
        ("srcc", 0.02, CLEAR_OF_ZERO, False, "unconfirmed"),
        ("srcc", -0.02, (-0.03, -0.01), False, "unconfirmed"),
        ("srcc", 0.02, AROUND_ZERO, False, "undecided"),
        ("srcc", 0.0, (0.0, 0.0), True, "undecided"),
        ("srcc", 0.02, CLEAR_OF_ZERO, None, "untested"),
        ("srcc", 0.02, None, True, "untested"),
    ],
)
def test_a_difference_is_judged_by_its_corrected_test_and_its_interval(
    measure: Measure,
    difference: float,
    interval: tuple[float, float] | None,
    significant: bool | None,
    verdict: str,
) -> None:
    assert verdict_on(measure, difference, interval, significant) == verdict


@pytest.mark.parametrize(
    ("low", "high", "side"),
    [(0.6, 0.9, "above"), (0.1, 0.4, "below"), (0.4, 0.6, "around"), (0.5, 0.9, "around")],
)
def test_an_interval_lies_on_a_side_of_a_bound_or_around_it(
    low: float, high: float, side: str
) -> None:
    assert side_of(0.5, low, high) == side


def test_only_a_confirmed_gain_has_a_size() -> None:
    assert [size_of_gain("better", gain) for gain in (0.01, 0.0099)] == ["clear", "modest"]
    assert size_of_gain("worse", -0.2) == "harmful"
    assert size_of_gain("unconfirmed", 0.2) == size_of_gain("undecided", 0.2) == "none"
    assert size_of_gain("untested", 0.2) == "untested"
