"""Comparing a recomputed value with what it should be."""

from __future__ import annotations

from enum import IntEnum

from smartiqa.claims.quantities import Quantity, Value, common_unit, exact, plain_text
from smartiqa.claims.schema import Claim, Unit
from smartiqa.core.errors import InputError

SIZE = "size_"  # of relations without the sign
ROUNDING = 1e-9  # of binary fractions, relative to the bound or to 1


class Outcome(IntEnum):
    """How our value lies to the bound; the largest of several decides."""

    HOLDS = 0
    UNCLEAR = 1  # not within the tolerance, but our value's interval includes the bound
    FAILS = 2


PHRASES = {
    "equals": ("{ours} agrees with {bound}", "{ours} differs from {bound}"),
    "at_most": ("{ours} is at most {bound}", "{ours} is more than {bound}"),
    "at_least": ("{ours} is at least {bound}", "{ours} is less than {bound}"),
    "size_at_most": ("{ours} is at most {bound} in size", "{ours} is more than {bound} in size"),
    "size_at_least": ("{ours} is at least {bound} in size", "{ours} is less than {bound} in size"),
}


def outcome_of(claim: Claim, ours: Value, bound: Value) -> Outcome:
    """Compare our value with the bound; of lists, element by element, the worst outcome counts.

    A list of values that is nested more deeply than the bound is compared with it one by one.

    Raises:
        InputError: units do not match, text and numbers are to be compared, or a list is empty.
    """
    if ours == []:
        raise InputError("an empty list cannot be compared")
    if isinstance(ours, list) and _depth(ours) > _depth(bound):
        return max(outcome_of(claim, value, bound) for value in ours)
    if isinstance(ours, list) and isinstance(bound, list):
        if len(ours) != len(bound):
            return Outcome.FAILS
        return max(outcome_of(claim, *pair) for pair in zip(ours, bound, strict=True))
    if isinstance(ours, Quantity) and isinstance(bound, Quantity):
        common_unit(ours, bound)
        return _outcome_of_numbers(claim, ours, bound.value)
    if type(ours) is not type(bound) or claim.relation != "equals":
        raise InputError(f"'{plain_text(ours)}' cannot be compared with '{plain_text(bound)}'")
    return Outcome.HOLDS if ours == bound else Outcome.FAILS


def phrase_of(claim: Claim, ours: str, bound: str, outcome: Outcome) -> str:
    """Say in words how our value lies to the bound, both given as they are printed."""
    if outcome == Outcome.UNCLEAR:
        return f"the interval of {ours} includes {bound}"
    holds, fails = PHRASES[claim.relation]
    phrase = holds if outcome == Outcome.HOLDS else fails
    return phrase.format(ours=ours, bound=bound)


def check_tolerance(claim: Claim, bound: Value, unit: Unit) -> None:
    """Check that a change of our value that matters to a reader turns the claim's outcome.

    Raises:
        InputError: the tolerance would accept it.
    """
    if isinstance(bound, list):
        for value in bound:
            check_tolerance(claim, value, unit)
    if not isinstance(bound, Quantity):
        return
    change = _absolute(unit.change, bound.value)
    signs = {"equals": (-1, 1), "at_most": (1,), "at_least": (-1,)}[_side(claim)]
    for sign in signs:
        changed = exact(bound.value + sign * change)
        if _outcome_of_numbers(claim, changed, bound.value) != Outcome.FAILS:
            raise InputError(
                f"tolerance {claim.tolerance} would accept {changed} for {bound}: "
                f"it must be below {change:g}, the least change of {claim.unit} that matters"
            )


def _outcome_of_numbers(claim: Claim, ours: Quantity, bound: float) -> Outcome:
    tolerance = _absolute(claim.tolerance, bound) + ROUNDING * max(1.0, abs(bound))
    if claim.relation.startswith(SIZE):
        ours = abs(ours)
    if claim.relation == "equals":
        if abs(ours.value - bound) <= tolerance:
            return Outcome.HOLDS
        return Outcome.UNCLEAR if ours.low <= bound <= ours.high else Outcome.FAILS
    if _side(claim) == "at_least":
        ours, bound = -ours, -bound
    if ours.high <= bound + tolerance:
        return Outcome.HOLDS
    return Outcome.UNCLEAR if ours.low <= bound + tolerance else Outcome.FAILS


def _side(claim: Claim) -> str:
    """The relation, whether or not the sign counts."""
    return claim.relation.removeprefix(SIZE)


def _absolute(amount: float | str, bound: float) -> float:
    """A tolerance or change in the unit of the bound; "3 %" is relative to it."""
    if isinstance(amount, str):
        return abs(bound) * float(amount.removesuffix(" %")) / 100
    return amount


def _depth(value: Value) -> int:
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
