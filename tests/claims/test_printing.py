from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartiqa.claims.outcomes import Outcome
from smartiqa.claims.printing import as_printed, printed_decimals, why_nothing_follows
from smartiqa.claims.quantities import Quantity, Value, exact, maximum

HOLDS, UNCLEAR, FAILS = Outcome
ONE_RUN = Quantity(0.84, 0.8, 0.88, too_little="one run")


@pytest.mark.parametrize(
    ("published", "ours", "least", "outcome", "texts"),
    [
        (exact(87, "%"), exact(87.013, "%"), 0, HOLDS, ("87 %", "87 %")),
        (exact(0.9), exact(0.93756), 3, FAILS, ("0.900", "0.938")),
        ([exact(0.9249), exact(0.936)], [exact(0.9), exact(0.1)], 3, FAILS,
         ("0.9249, 0.9360", "0.9000, 0.1000")),
        # What differs gets decimals until it looks different; what holds may look equal.
        (exact(28), exact(28.004), 0, FAILS, ("28.000", "28.004")),
        (exact(28), exact(28.004), 0, HOLDS, ("28", "28")),
        # An interval bears so many decimals, and its ends are told apart.
        (exact(0.0025), Quantity(0.02, -0.008, 0.064), 3, UNCLEAR,
         ("0.0025", "0.020 [-0.008, 0.064]")),
        (exact(3), Quantity(1.04, 0.93, 1.15), 0, FAILS, ("3", "1.0 [0.9, 1.1]")),
        (exact(0.9375), ONE_RUN, 3, None, ("0.9375", "0.840")),
        (exact(50, "%"), replace(ONE_RUN, unit="%"), 0, None, ("50 %", "1 %")),
        # Lists in a list; and no more than eight decimals are tried.
        ([[exact(1), exact(2)], [exact(3)]], [[exact(1)], [exact(4)]], 0, FAILS,
         ("1, 2; 3", "1; 4")),
        (exact(28), exact(28 + 1e-9), 0, FAILS, ("28.00000000", "28.00000000")),
        # Yes or no is answered so.
        (True, exact(0.2), 3, HOLDS, ("yes", "yes (0.200)")),
        (True, exact(-0.2), 0, FAILS, ("yes", "no (-0.200)")),
        (True, [exact(1), Quantity(0, -0.52, 0.48)], 3, UNCLEAR,
         ("yes", "undecided (1.000, 0.000 [-0.520, 0.480])")),
        (True, exact(0.2), 3, None, ("yes", "undecided (0.200)")),
        (True, False, 0, FAILS, ("yes", "no")),
        ("sigmoid", "softmax", 0, FAILS, ("sigmoid", "softmax")),
        (exact(0), exact(-0.0001), 2, HOLDS, ("0.00", "0.00")),
    ],
)  # fmt: skip
def test_both_values_are_printed_alike(
    published: Value, ours: Value, least: int, outcome: Any, texts: tuple[str, str]
) -> None:
    assert as_printed(published, ours, least, outcome) == texts


@pytest.mark.parametrize(
    ("value", "decimals"),
    [
        (exact(7046), 0),
        (exact(0.9354 - 0.9332), 4),
        (exact(5e-7), 7),
        (exact(2 / 3), 2),
        ([exact(0.5), "word", [exact(0.25)]], 2),
        ([], 0),
        (True, 0),
    ],
)
def test_a_printed_number_has_the_decimals_that_give_it(value: Value, decimals: int) -> None:
    assert printed_decimals(value) == decimals


def test_what_is_worked_out_from_too_little_is_too_little() -> None:
    made = [-ONE_RUN, abs(ONE_RUN), exact(1) - ONE_RUN, ONE_RUN / exact(2), maximum([ONE_RUN])]
    assert [why_nothing_follows(value) for value in made] == ["one run"] * len(made)
    assert why_nothing_follows([exact(1), [ONE_RUN]]) == "one run"
    assert why_nothing_follows([exact(1), "word"]) == ""
