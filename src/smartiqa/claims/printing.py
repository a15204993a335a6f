"""How the ledger prints what is published and what is ours: alike, so that a reader can compare.

Ours has the decimals of the published value, and no more than its own interval bears. Where two
values that differ would look equal, both get more decimals. What is claimed as yes or no is
answered so, with the measurement behind it.
"""

from __future__ import annotations

import math

from smartiqa.claims.outcomes import Outcome
from smartiqa.claims.quantities import SUFFIXES, Quantity, Value
from smartiqa.metrics.decimals import LEAST_DECIMALS, decimals_for, fixed

MOST_PRINTED = 8  # decimals of a number that somebody printed
OF_QUOTIENTS = 2  # decimals of a published value that is not printed but follows from others
ANSWERS = {Outcome.HOLDS: "yes", Outcome.UNCLEAR: "undecided", Outcome.FAILS: "no"}


def as_printed(
    published: Value, ours: Value, least: int, outcome: Outcome | None
) -> tuple[str, str]:
    """Text of the published value and of ours.

    Args:
        published: the published value.
        ours: our value, of the same unit, or numbers that answer a yes or no.
        least: the fewest decimals of this unit.
        outcome: how ours lies to what it is compared with; None if nothing can be said.
    """
    if isinstance(published, bool) and not isinstance(ours, bool):
        answer = "undecided" if outcome is None else ANSWERS[outcome]
        return text_of(published, 0), f"{answer} ({text_of(ours, least or LEAST_DECIMALS)})"
    decimals = max(least, printed_decimals(published))
    texts = text_of(published, decimals), text_of(ours, decimals)
    while outcome == Outcome.FAILS and texts[0] == texts[1] and decimals < MOST_PRINTED:
        decimals += 1
        texts = text_of(published, decimals), text_of(ours, decimals)
    return texts


def text_of(value: Value, decimals: int) -> str:
    """Plain text of a value, its numbers with so many decimals.

    Numbers with an interval show no more decimals than it bears, and as many as it takes to tell
    its ends apart; those from which nothing follows have no interval and few decimals.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        nested = any(isinstance(element, list) for element in value)
        return ("; " if nested else ", ").join(text_of(element, decimals) for element in value)
    half_width, suffix = (value.high - value.low) / 2, SUFFIXES.get(value.unit or "", "")
    if value.too_little:
        return fixed(value.value, min(decimals, LEAST_DECIMALS)) + suffix
    if half_width > 0:
        shown = max(decimals, -math.floor(math.log10(half_width)))  # one digit of the half-width
        decimals = min(shown, decimals_for(half_width))
    text = fixed(value.value, decimals) + suffix
    if half_width == 0:
        return text
    return f"{text} [{fixed(value.low, decimals)}, {fixed(value.high, decimals)}]"


def printed_decimals(value: Value) -> int:
    """The fewest decimals that give all numbers of a value exactly."""
    if isinstance(value, list):
        return max(map(printed_decimals, value), default=0)
    if not isinstance(value, Quantity):
        return 0
    for decimals in range(MOST_PRINTED + 1):
        if abs(round(value.value, decimals) - value.value) <= 1e-9 * max(1.0, abs(value.value)):
            return decimals
    return OF_QUOTIENTS


def why_nothing_follows(value: Value) -> str:
    """Why no conclusion follows from a value; empty if one may."""
    if isinstance(value, list):
        return next(filter(None, map(why_nothing_follows, value)), "")
    return value.too_little if isinstance(value, Quantity) else ""
