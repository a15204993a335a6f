"""How many decimals a number deserves: digits carry their uncertainty, never more."""

from __future__ import annotations

import math

LEAST_DECIMALS, MOST_DECIMALS = 3, 4


def fixed(number: float, decimals: int) -> str:
    """Write a number with so many decimals, and no negative zero."""
    text = f"{number:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def decimals_for(uncertainty: float, least: int = LEAST_DECIMALS) -> int:
    """Decimals that show two digits of an uncertainty, from `least` to four.

    Args:
        uncertainty: half the width of an interval, or a standard deviation; 0 if it is not known.
        least: the fewest decimals.
    """
    if uncertainty <= 0:
        return least
    return max(least, min(MOST_DECIMALS, 1 - math.floor(math.log10(uncertainty))))
