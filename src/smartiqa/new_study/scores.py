"""On which scale scores lie and which end is good: what they and their name tell, or a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from smartiqa.core.errors import InputError


class Direction(StrEnum):
    """Which scores are good."""

    HIGHER = "higher"
    LOWER = "lower"


# Scales that studies of quality use, the narrowest first.
USUAL = [(0.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 9.0), (0.0, 9.0), (0.0, 10.0), (0.0, 100.0)]
FEW = 0.02  # of the scores
MOST_SHOWN = 3
OPINIONS = ("mos", "dmos")  # mean opinion scores, and those of a difference to a reference
# In a name these words may mean that a high score is a bad one.
DOUBTFUL = ("dmos", "diff", "distort", "degrad", "impair", "error", "noise")


def scale_of(lowest: float, highest: float, given: str | None, source: str) -> tuple[float, float]:
    """Return both ends of the scale of scores.

    Args:
        lowest: the lowest score.
        highest: the highest score.
        given: what a person says, "LOW:HIGH"; else it is the narrowest usual scale.
        source: of the scores, for messages.

    Raises:
        InputError: what is given is no scale or does not hold the scores, or no usual one does.
    """
    seen = f"{source}: the scores lie between {lowest:g} and {highest:g}"
    if given is None:
        for low, high in USUAL:
            if low <= lowest and highest <= high:
                return low, high
        known = ", ".join(f"{low:g} to {high:g}" for low, high in USUAL)
        raise InputError(f"{seen}, on none of the usual scales ({known}); give --scale LOW:HIGH")
    ends = re.fullmatch(r"([^:]+):([^:]+)", given)
    try:
        low, high = (float(end) for end in ends.groups()) if ends else (0.0, 0.0)
    except ValueError:
        low = high = 0.0
    if not low < high:
        raise InputError(f"--scale {given}: write both ends, the lower first, such as 1:5")
    if lowest < low or highest > high:
        raise InputError(f"{seen}, outside --scale {given}; give the ends of their scale")
    return low, high


def beyond_narrower(scores: Sequence[float], given: str | None) -> str:
    """Say which few scores alone set the scale; empty if a person gave it, or if many do."""
    few = max(1, round(FEW * len(scores)))
    for low, high in USUAL if given is None else ():
        beyond = sorted(score for score in scores if not low <= score <= high)
        if len(beyond) <= few:
            some = f"{len(beyond)} of {len(scores):,}"
            listed = ", ".join(f"{score:g}" for score in beyond[:MOST_SHOWN])
            return f"only {some} scores lie beyond {low:g} to {high:g}: {listed}" if beyond else ""
    return ""


def printed(column: str) -> str:
    """Return how the paper calls the scores of a column: abbreviations of opinions in capitals."""
    return column.upper() if column.lower() in OPINIONS else column


def direction_of(column: str, given: Direction | None, source: str) -> Direction:
    """Return which scores are good.

    Raises:
        InputError: the name of the column leaves it open, and nobody says it.
    """
    if given is not None:
        return given
    if any(word in column.lower() for word in DOUBTFUL):
        raise InputError(
            f"{source}: whether a high '{column}' is good cannot be seen, since a difference to a "
            "reference is good if low; say --better lower or --better higher"
        )
    return Direction.HIGHER
