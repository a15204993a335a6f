from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartiqa.core.errors import InputError
from smartiqa.paper.latex import numbers

SRCC = {"mean": 0.84217, "spread": 0.01314, "low": 0.80349, "high": 0.87091}


def test_a_value_carries_its_spread_in_the_last_digits() -> None:
    assert numbers.mean_spread(SRCC) == "0.842(13)"


def test_one_seed_gives_no_spread() -> None:
    assert numbers.mean_spread({"mean": 0.84217, "low": 0.80349, "high": 0.87091}) == "0.842"


def test_intervals() -> None:
    assert numbers.interval(SRCC) == "[0.803, 0.871]"
    assert numbers.interval_words(SRCC) == "0.803 to 0.871"
    assert numbers.estimate(SRCC) == "0.842(13)~[0.803, 0.871]"


def test_negative_differences_have_a_minus_sign() -> None:
    difference = {"difference": -0.012, "low": -0.031, "high": 0.004}
    assert numbers.signed_estimate(difference) == "$-$0.012~[$-$0.031, 0.004]"
    assert numbers.signed(0.012, 3) == "$+$0.012"


@pytest.mark.parametrize("value", [0.0, -0.0, 0.0004, -0.0004])
def test_zero_has_no_sign(value: float) -> None:
    assert numbers.signed(value, 3) == "0.000"


@pytest.mark.parametrize(
    ("half_width", "decimals"), [(0.034, 3), (0.0048, 4), (0.00048, 4), (0.34, 3), (0.0, 3)]
)
def test_half_width_decides_the_decimals(half_width: float, decimals: int) -> None:
    statistic = {"value": 0.5, "low": 0.5 - half_width, "high": 0.5 + half_width}
    assert numbers.decimals_of(statistic) == decimals


def test_large_uncertainties_show_fewer_decimals_where_allowed() -> None:
    rmse = {"mean": 9.412, "spread": 0.31, "low": 8.2, "high": 10.4}
    assert numbers.mean_spread(rmse, 1) == "9.4(3)"
    assert numbers.interval(rmse, 1) == "[8.2, 10.4]"


@given(
    st.floats(-1, 1),
    st.floats(1e-6, 0.5, exclude_min=True),
)
def test_the_printed_interval_is_the_rounded_one(value: float, half: float) -> None:
    statistic = {"value": value, "low": value - half, "high": value + half}
    decimals = numbers.decimals_of(statistic)
    low, high = numbers.interval(statistic).replace("$-$", "-").strip("[]").split(", ")
    assert float(low) == pytest.approx(value - half, abs=0.5001 * 10**-decimals)
    assert float(high) == pytest.approx(value + half, abs=0.5001 * 10**-decimals)


def test_counts() -> None:
    assert numbers.count(10073) == r"10\,073"
    assert numbers.count(12845313) == r"12\,845\,313"
    assert numbers.count(999) == "999"
    with pytest.raises(InputError, match="whole number"):
        numbers.count(1.5)


@given(st.integers(-(10**12), 10**12))
def test_counts_keep_every_digit(value: int) -> None:
    assert int(numbers.count(value).replace(r"\,", "").replace("$-$", "-")) == value


def test_rates() -> None:
    assert numbers.scientific(5e-7) == r"$5\times 10^{-7}$"
    assert numbers.scientific(1e-6) == r"$10^{-6}$"
    assert numbers.scientific(1.25e-3) == r"$1.25\times 10^{-3}$"
    assert numbers.compact(0.02) == "0.02"
    assert numbers.compact(32) == "32"
    assert numbers.compact(2e-4) == numbers.scientific(2e-4)


def test_settings_of_any_kind() -> None:
    assert numbers.setting("whole_run") == "whole run"
    assert numbers.setting("adamw") == "AdamW"
    assert numbers.setting(True) == "yes"
    assert numbers.setting(5e-6) == r"$5\times 10^{-6}$"


def test_shares() -> None:
    share = {"value": 0.871, "low": 0.714, "high": 1.02}
    assert numbers.percent(share["value"]) == r"87\,\%"
    assert numbers.percent_span(share) == r"71 to 102\,\%"


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (0.0, "$<$0.001"),
        (0.0004, "$<$0.001"),
        (0.0042, "0.004"),
        (0.0499, "0.050"),
        (0.134, "0.13"),
        (1.0, "1.00"),
    ],
)
def test_p_values_are_never_zero(p: float, printed: str) -> None:
    assert numbers.p_value(p) == printed


def test_p_values_in_prose() -> None:
    assert numbers.p_equation(0.134) == "$p=0.13$"
    assert numbers.p_equation(1e-5) == "$p<0.001$"
    with pytest.raises(InputError, match="not a p value"):
        numbers.p_value(1.2)


def test_words() -> None:
    assert numbers.number_word(0) == "no"
    assert numbers.number_word(9.999999999999998) == "ten"
    assert numbers.number_word(20) == "20"
    with pytest.raises(InputError, match="whole number"):
        numbers.number_word(2.5)


def test_lists() -> None:
    assert numbers.joined(["a"]) == "a"
    assert numbers.joined(["a", "b & c", "d"]) == r"a, b \& c and d"


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "0.8", True])
def test_what_is_not_a_number_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        numbers.fixed(value, 3)  # type: ignore[arg-type]


def test_a_statistic_without_a_value_is_refused() -> None:
    with pytest.raises(InputError, match="among high, low"):
        numbers.central({"low": 0.1, "high": 0.2})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.123, "3.12"),
        (94.25, "94.2"),
        (0.01234, "0.0123"),
        (1251.0, r"1\,250"),
        (320.5, "320"),
        (0, "0"),
    ],
)
def test_measured_times_have_three_digits(value: float, text: str) -> None:
    assert numbers.three_digits(value) == text


def test_numbers_in_plain_text_are_set_as_elsewhere() -> None:
    given = "-0.0022 [-0.0082, 0.0640], 33545 & 3 %; ImageNet-22k, A-0.3, 7046"
    assert numbers.typeset_numbers(given) == (
        r"$-$0.0022 {[}$-$0.0082, 0.0640{]}, 33\,545 \& 3 \%; ImageNet-22k, A-0.3, 7\,046"
    )
    assert numbers.typeset_numbers("") == ""
    assert numbers.setting("none") == "off"
