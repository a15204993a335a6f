from __future__ import annotations

from collections.abc import Callable

import pytest

from smartiqa.claims.quantities import (
    Quantity,
    common_unit,
    digits,
    exact,
    in_unit,
    maximum,
    minimum,
    plain_text,
    unit_of,
)
from smartiqa.core.errors import InputError

# Intervals worked out by hand, corner by corner.
ROD = Quantity(4, 3, 6, "m")
STEP = Quantity(2, 1, 3, "m")
SLIP = Quantity(-1, -2, 0.5, "m")
TIME = Quantity(2, 1, 4, "s")


def parts(quantity: Quantity) -> tuple[float, float, float, str | None]:
    return quantity.value, quantity.low, quantity.high, quantity.unit


@pytest.mark.parametrize(
    ("work_out", "expected"),
    [
        (lambda: ROD + STEP, (6, 4, 9, "m")),
        (lambda: ROD - STEP, (2, 0, 5, "m")),
        (lambda: ROD + exact(1), (5, 4, 7, "m")),
        (lambda: exact(1) - ROD, (-3, -5, -2, "m")),
        (lambda: ROD * SLIP, (-4, -12, 3, "m x m")),
        (lambda: ROD * TIME, (8, 3, 24, "m x s")),
        (lambda: ROD * exact(2), (8, 6, 12, "m")),
        (lambda: exact(2) * ROD, (8, 6, 12, "m")),
        (lambda: exact(2) * exact(3), (6, 6, 6, None)),
        (lambda: ROD / STEP, (2, 1, 6, None)),
        (lambda: ROD / TIME, (2, 0.75, 6, "m per s")),
        (lambda: ROD / exact(2), (2, 1.5, 3, "m")),
        (lambda: exact(4) / exact(2), (2, 2, 2, None)),
        (lambda: exact(8) / TIME, (4, 2, 8, "1 per s")),
        (lambda: ROD // STEP, (2, 1, 6, None)),
        (lambda: Quantity(7, 7, 7, "m") // TIME, (3, 1, 7, "m per s")),
        (lambda: -ROD, (-4, -6, -3, "m")),
        (lambda: abs(-ROD), (4, 3, 6, "m")),
        (lambda: abs(ROD), (4, 3, 6, "m")),
        (lambda: abs(SLIP), (1, 0, 2, "m")),
        (lambda: abs(Quantity(1, 0, 2)), (1, 0, 2, None)),
        (lambda: abs(Quantity(-1, -2, 0)), (1, 0, 2, None)),
        (lambda: maximum([ROD, STEP, Quantity(3, 2, 9, "m")]), (4, 3, 9, "m")),
        (lambda: minimum([ROD, STEP, SLIP]), (-1, -2, 0.5, "m")),
        (lambda: exact(2.5, "kg"), (2.5, 2.5, 2.5, "kg")),
        (lambda: in_unit(ROD, "ft"), (4, 3, 6, "ft")),
    ],
)
def test_values_intervals_and_units_are_those_worked_out_by_hand(
    work_out: Callable[[], Quantity], expected: tuple[float, float, float, str | None]
) -> None:
    assert parts(work_out()) == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda: ROD + TIME,
        lambda: ROD - TIME,
        lambda: maximum([ROD, TIME]),
        lambda: minimum([ROD, TIME]),
        lambda: unit_of([ROD, TIME]),
        lambda: common_unit(TIME, exact(1), ROD),
    ],
)
def test_other_units_are_named_in_order(call) -> None:
    with pytest.raises(InputError, match=r"^units do not match: m and s$"):
        call()


def test_from_a_division_by_what_may_be_zero_nothing_follows() -> None:
    """1 / [-1, 2] holds everything but (-1, 0.5), while its corners are just these."""
    for found in (exact(1) / Quantity(0.5, -1, 2), exact(1) // Quantity(0.5, -1, 2)):
        assert parts(found) == (2, 2, 2, None)
        assert found.too_little == "0.5 [-1, 2], by which it is divided, may be zero"
    known = Quantity(1, 1, 1, too_little="one run")
    assert (known / Quantity(0.5, -1, 2)).too_little == "one run"
    assert not (exact(1) / Quantity(-2, -4, -1)).too_little


def test_a_division_by_zero_names_what_was_divided() -> None:
    for call in (lambda: exact(3) / exact(0), lambda: exact(3) // Quantity(1, 0, 2)):
        with pytest.raises(InputError, match=r"^3 is divided by zero$"):
            call()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (True, "yes or no", "yes"),
        (False, "yes or no", "no"),
        ("softmax", "name", "softmax"),
        (exact(7.83961, "%"), "%", "7.8396 %"),
        (exact(89.111941, "M parameters"), "M parameters", "89.112 M"),
        (exact(15.54, "G multiply-accumulates"), "G multiply-accumulates", "15.54 G"),
        (exact(3, "ms"), "ms", "3 ms"),
        (exact(0.3, "h"), "h", "0.3 h"),
        (exact(250, "images/s"), "images/s", "250/s"),
        (exact(2, "kg"), "kg", "2"),
        (Quantity(0.01, 0.0061239, 0.0141239), None, "0.01 [0.00612, 0.0141]"),
        (Quantity(1, 0.5, 1), None, "1 [0.5, 1]"),
        ([exact(56), exact(28, "m")], "m", "56, 28"),
        ([["x", "y"], ["z"]], "name", "x, y; z"),
        ([], None, ""),
        ([exact(1), exact(2)], None, "1, 2"),
    ],
)
def test_the_text_and_the_unit_of_every_kind_of_value(value, unit, text: str) -> None:
    assert plain_text(value) == text
    assert unit_of(value) == unit


@pytest.mark.parametrize(
    ("number", "significant", "text"),
    [
        (33545, 3, "33545"),
        (1e6 + 0.5, 5, "1e+06"),
        (0.123456, 5, "0.12346"),
        (0.123456, 3, "0.123"),
        (-0.0, 5, "0"),
        (-2.0, 5, "-2"),
        (2.5, 5, "2.5"),
    ],
)
def test_whole_numbers_stay_whole_and_others_are_rounded(number, significant, text) -> None:
    assert digits(number, significant) == text


def test_five_digits_are_significant_unless_said_otherwise() -> None:
    assert digits(0.98765432) == "0.98765"
