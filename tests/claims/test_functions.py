from __future__ import annotations

import pytest

from smartiqa.claims.functions import FUNCTIONS, srcc_step
from smartiqa.claims.quantities import Quantity, exact
from smartiqa.core.errors import InputError


def kg(*values: float) -> list[Quantity]:
    return [exact(value, "kg") for value in values]


@pytest.mark.parametrize(
    ("name", "arguments", "value", "unit"),
    [
        ("sum", [kg(1, 2, 4)], 7, "kg"),
        ("sum", [[]], 0, None),
        ("mean", [kg(1, 2, 6)], 3, "kg"),
        ("spread", [kg(4, 1, 9)], 8, "kg"),
        ("max", [kg(4, 1, 9)], 9, "kg"),
        ("min", [kg(4, 1, 9)], 1, "kg"),
        ("abs", [exact(-3, "kg")], 3, "kg"),
        ("distinct", [kg(1, 2, 1)], 2, None),
        ("count", [kg(1, 2, 1)], 3, None),
        ("more", kg(3, 2), 50, "%"),
        ("more", kg(1, 2), -50, "%"),
        ("share", kg(1, 4), 25, "%"),
        ("points", [exact(0.9375, "correlation"), exact(0.90625, "correlation")], 3.125, "%"),
        ("millions", [exact(27_375_369, "parameters")], 27.375369, "M parameters"),
        ("giga", [exact(4.29e9, "multiply-accumulates")], 4.29, "G multiply-accumulates"),
        ("number", kg(5), 5, None),
    ],
)
def test_every_function_gives_the_value_and_unit_that_its_name_says(
    name: str, arguments: list, value: float, unit: str | None
) -> None:
    result = FUNCTIONS[name](*arguments)
    assert (result.value, result.unit) == (pytest.approx(value, rel=1e-12), unit)
    assert result.low == result.high == result.value


def test_ratios_are_of_each_value_to_the_one_before() -> None:
    found = FUNCTIONS["ratios"](kg(2, 4, 1))
    assert [(ratio.value, ratio.unit) for ratio in found] == [(2, None), (0.25, None)]


def test_shares_of_different_units_are_refused() -> None:
    for name in ("share", "more"):
        with pytest.raises(InputError, match="units do not match: kg and m"):
            FUNCTIONS[name](exact(1, "kg"), exact(2, "m"))


def test_the_spread_of_intervals_reaches_from_corner_to_corner() -> None:
    found = FUNCTIONS["spread"]([Quantity(5, 4, 6), Quantity(1, 0, 3)])
    assert (found.value, found.low, found.high) == (4, 1, 6)


def test_an_srcc_step_larger_than_both_half_widths_has_the_widest_interval() -> None:
    # z of 0.9 has the variance (1 + 0.9^2 / 2) / 100 = 0.01405, so 0.232321 on either side of
    # artanh 0.9 = 1.472219: (tanh 1.704540 - tanh 1.239898) / 2 = 0.0452736; that of 0.5: 0.1553374
    step = srcc_step(exact(0.5, "correlation"), exact(0.9, "correlation"), exact(103))
    assert (step.unit, step.too_little) == ("correlation", "")
    assert step.value == pytest.approx(0.4)
    assert step.high - step.value == pytest.approx(0.0452736 + 0.1553374, rel=1e-5)
    assert step.value - step.low == pytest.approx(0.0452736 + 0.1553374, rel=1e-5)


def test_nothing_follows_from_an_srcc_step_that_only_predictions_tell_from_chance() -> None:
    for first, second in ((0.85, 0.9), (0.9, 0.85), (0.9, 0.9)):
        step = srcc_step(exact(first, "correlation"), exact(second, "correlation"), exact(103))
        assert step.low == step.value == step.high == pytest.approx(second - first)
        assert "the predictions were not published" in step.too_little
