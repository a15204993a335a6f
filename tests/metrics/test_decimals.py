from __future__ import annotations

import pytest

from smartiqa.metrics.decimals import decimals_for, fixed


@pytest.mark.parametrize(
    ("uncertainty", "decimals"),
    [(0.2, 3), (0.02, 3), (0.00999, 4), (0.0021, 4), (0.00021, 4), (0, 3), (-1, 3), (30, 3)],
)
def test_two_digits_of_the_uncertainty_are_shown_from_three_to_four(
    uncertainty: float, decimals: int
) -> None:
    assert decimals_for(uncertainty) == decimals


@pytest.mark.parametrize(
    ("uncertainty", "decimals"), [(30, 0), (3, 1), (1, 1), (0.99, 2), (0.1, 2), (0, 0), (1e-9, 4)]
)
def test_the_fewest_decimals_may_be_others(uncertainty: float, decimals: int) -> None:
    assert decimals_for(uncertainty, least=0) == decimals


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (-0.004, 2, "0.00"),
        (-0.006, 2, "-0.01"),
        (0.1, 0, "0"),
        (-1.0, 1, "-1.0"),
        (2.5, 3, "2.500"),
    ],
)
def test_what_rounds_to_zero_has_no_sign(number: float, decimals: int, text: str) -> None:
    assert fixed(number, decimals) == text
