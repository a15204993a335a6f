from __future__ import annotations

from typing import Any

import pytest

from smartiqa.claims.outcomes import Outcome, check_tolerance, outcome_of, phrase_of
from smartiqa.claims.quantities import Quantity, Value, exact
from smartiqa.claims.schema import Claim, Unit
from smartiqa.core.errors import InputError

HOLDS, UNCLEAR, FAILS = Outcome


def claim(relation: str = "equals", tolerance: Any = 0.0) -> Claim:
    return Claim(
        id="made-01",
        source="here",
        claim="made up",
        kind="arithmetic",
        needs="nothing",
        unit="number",
        published="1",
        ours="1",
        relation=relation,
        tolerance=tolerance,
        why="exact",
    )


def between(low: float, value: float, high: float) -> Quantity:
    return Quantity(value, low, high)


@pytest.mark.parametrize(
    ("relation", "tolerance", "ours", "bound", "expected"),
    [
        # at the tolerance, just beyond it, and with an interval that reaches the bound or does not
        ("equals", 0.5, exact(10.5), 10, HOLDS),
        ("equals", 0.5, exact(9.5), 10, HOLDS),
        ("equals", 0.5, exact(10.501), 10, FAILS),
        ("equals", "5 %", exact(-10.5), -10, HOLDS),
        ("equals", "5 %", exact(-10.501), -10, FAILS),
        ("equals", 0.0, exact(0.1 + 0.2), 0.3, HOLDS),  # but for the rounding of binary fractions
        ("equals", 0.0, exact(1e9 * (0.1 + 0.2)), 0.3e9, HOLDS),
        ("equals", 0.0, exact(0.3 + 0.5e-9), 0.3, HOLDS),
        ("equals", 0.0, exact(0.3 + 1.5e-9), 0.3, FAILS),
        ("equals", 0.0, between(9, 11, 12), 10, UNCLEAR),
        ("equals", 0.0, between(10, 11, 12), 10, UNCLEAR),
        ("equals", 0.0, between(8, 9, 10), 10, UNCLEAR),
        ("equals", 0.0, between(10.1, 11, 12), 10, FAILS),
        ("equals", 0.0, between(8, 9, 9.9), 10, FAILS),
        ("at_most", 0.0, exact(10), 10, HOLDS),
        ("at_most", 0.0, exact(9), 10, HOLDS),
        ("at_most", 0.0, exact(10.1), 10, FAILS),
        ("at_most", 0.2, exact(10.2), 10, HOLDS),
        ("at_most", 0.2, exact(10.3), 10, FAILS),
        ("at_most", 0.0, between(8, 9, 10), 10, HOLDS),
        ("at_most", 0.0, between(8, 9, 10.5), 10, UNCLEAR),
        ("at_most", 0.0, between(10, 10.2, 10.5), 10, UNCLEAR),
        ("at_most", 0.2, between(10.1, 10.2, 10.5), 10, UNCLEAR),
        ("at_most", 0.0, between(10.1, 10.2, 10.5), 10, FAILS),
        ("size_at_most", 0.0, exact(-10.1), 10, FAILS),
        ("size_at_most", 0.0, between(-10.5, -10, 9), 10, UNCLEAR),
        ("size_at_least", 0.0, between(-12, -11, -10), 10, HOLDS),
        ("size_at_least", 0.0, between(-12, -11, 1), 10, UNCLEAR),
        ("size_at_least", 0.0, exact(-9.9), 10, FAILS),
        ("at_least", 0.0, exact(10), 10, HOLDS),
        ("at_least", 0.0, exact(11), 10, HOLDS),
        ("at_least", 0.0, exact(9.9), 10, FAILS),
        ("at_least", 0.2, exact(9.8), 10, HOLDS),
        ("at_least", 0.2, exact(9.7), 10, FAILS),
        ("at_least", 0.0, between(9.5, 11, 12), 10, UNCLEAR),
        ("at_least", 0.0, between(9, 9.5, 9.9), 10, FAILS),
    ],
)
def test_a_number_lies_to_its_bound_as_the_number_line_says(
    relation: str, tolerance: Any, ours: Quantity, bound: float, expected: Outcome
) -> None:
    assert outcome_of(claim(relation, tolerance), ours, exact(bound)) == expected


@pytest.mark.parametrize(
    ("ours", "bound", "expected"),
    [
        ([exact(1), exact(2)], [exact(1), exact(2)], HOLDS),
        ([exact(1), exact(3)], [exact(1), exact(2)], FAILS),
        ([exact(1), between(1, 3, 4)], [exact(1), exact(2)], UNCLEAR),
        ([exact(1)], [exact(1), exact(2)], FAILS),
        ([exact(1)], [], FAILS),
        ([exact(1), exact(1)], exact(1), HOLDS),  # each to the one bound
        ([exact(1), exact(2)], exact(1), FAILS),
        ([[exact(1), exact(2)], [exact(1), exact(2)]], [exact(1), exact(2)], HOLDS),
        ([[exact(1), exact(2)], [exact(2), exact(1)]], [exact(1), exact(2)], FAILS),
        ("softmax", "softmax", HOLDS),
        ("softmax", "sigmoid", FAILS),
        (True, True, HOLDS),
        (False, True, FAILS),
    ],
)
def test_the_worst_of_several_values_counts(ours: Value, bound: Value, expected: Outcome) -> None:
    assert outcome_of(claim(), ours, bound) == expected


@pytest.mark.parametrize(
    ("relation", "ours", "bound", "message"),
    [
        ("equals", "softmax", exact(1), "'softmax' cannot be compared with '1'"),
        ("equals", exact(1), "softmax", "'1' cannot be compared with 'softmax'"),
        ("equals", True, "yes", "'yes' cannot be compared with 'yes'"),
        ("equals", exact(1), [exact(1)], "'1' cannot be compared with '1'"),
        ("at_most", "a", "b", "'a' cannot be compared with 'b'"),
        ("at_least", True, True, "'yes' cannot be compared with 'yes'"),
        ("equals", exact(1, "kg"), exact(1, "m"), "units do not match: kg and m"),
        ("equals", [], [], "an empty list cannot be compared"),
        ("equals", [[]], [exact(1)], "an empty list cannot be compared"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    relation: str, ours: Value, bound: Value, message: str
) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        outcome_of(claim(relation), ours, bound)


@pytest.mark.parametrize(
    ("relation", "ours", "bound", "phrase"),
    [
        ("equals", exact(1), exact(1), "ours agrees with theirs"),
        ("equals", exact(1), exact(2), "ours differs from theirs"),
        ("at_most", exact(1), exact(2), "ours is at most theirs"),
        ("at_most", exact(3), exact(2), "ours is more than theirs"),
        ("at_least", exact(3), exact(2), "ours is at least theirs"),
        ("at_least", exact(1), exact(2), "ours is less than theirs"),
        ("size_at_most", exact(-1), exact(2), "ours is at most theirs in size"),
        ("size_at_most", exact(-3), exact(2), "ours is more than theirs in size"),
        ("size_at_least", exact(-3), exact(2), "ours is at least theirs in size"),
        ("size_at_least", exact(-1), exact(2), "ours is less than theirs in size"),
        ("equals", between(1, 3, 4), exact(2), "the interval of ours includes theirs"),
    ],
)
def test_an_outcome_in_words(relation: str, ours: Value, bound: Value, phrase: str) -> None:
    made = claim(relation)
    assert phrase_of(made, "ours", "theirs", outcome_of(made, ours, bound)) == phrase


@pytest.mark.parametrize(
    ("relation", "tolerance", "bound", "accepted"),
    [
        ("equals", 0.0099, exact(0.5), True),
        ("equals", 0.0101, exact(0.5), False),
        ("at_most", 0.0099, exact(0.5), True),
        ("at_most", 0.0101, exact(0.5), False),
        ("at_least", 0.0099, exact(0.5), True),
        ("at_least", 0.0101, exact(0.5), False),
        ("equals", 0.0101, [exact(0.5)], False),
        ("equals", "1.9 %", exact(0.5), True),  # 2 % of 0.5 is 0.01
        ("equals", "2.1 %", exact(0.5), False),
        ("equals", "2.1 %", [exact(0.1), exact(0.5)], False),
        ("equals", 0.5, "softmax", True),
        ("equals", 0.5, True, True),
    ],
)
def test_a_tolerance_stays_below_what_matters(
    relation: str, tolerance: Any, bound: Value, accepted: bool
) -> None:
    made, unit = claim(relation, tolerance), Unit(change=0.01)
    if accepted:
        check_tolerance(made, bound, unit)
    else:
        with pytest.raises(InputError, match=r"must be below 0\.01, the least change of number "):
            check_tolerance(made, bound, unit)


def test_a_change_that_matters_may_be_relative_to_the_bound() -> None:
    check_tolerance(claim(tolerance=0.9), exact(20), Unit(change="5 %"))
    with pytest.raises(InputError, match=r"tolerance 1\.1 would accept 19 for 20: .*below 1,"):
        check_tolerance(claim(tolerance=1.1), exact(20), Unit(change="5 %"))
