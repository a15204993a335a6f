"""Verdicts on differences, and what they take; docs/explanation/statistics.md has error rates.

A difference has one of five verdicts. *Better* and *worse* mean that the test corrected for the
number of comparisons rejects "no difference"; *unconfirmed* that the 95 % interval excludes zero
but the corrected test does not; *undecided* that both leave zero open. *Untested* is a difference
between too few runs, or on too few contents, to be put to any test: nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from smartiqa.metrics.measures import Measure, all_measures

Verdict = Literal["better", "worse", "unconfirmed", "undecided", "untested"]
Side = Literal["above", "below", "around"]
GainSize = Literal["clear", "modest", "none", "harmful", "untested"]

# With fewer of either a difference is reported, but not tested.
LEAST_SEEDS = 3
LEAST_CONTENTS = 6
CLEAR_GAIN = 0.01  # in SRCC; what the design notes call a clear gain
SIGNIFICANCE = 0.05  # of a p-value after the correction for several comparisons


def enough_for_a_verdict(seeds: Sequence[int], contents: int) -> bool:
    """Whether experiments with so many seeds, tested on so many contents, are put to a test."""
    return min(seeds) >= LEAST_SEEDS and contents >= LEAST_CONTENTS


def too_little_for_a_verdict(seeds: Sequence[int], contents: int) -> str:
    """Say what lacks for a verdict; empty if there is enough."""
    if enough_for_a_verdict(seeds, contents):
        return ""
    return (
        f"a verdict takes {LEAST_SEEDS} seeds of each model and {LEAST_CONTENTS} test contents, "
        f"and here are {min(seeds)} and {contents}"
    )


def verdict_on(
    measure: Measure,
    difference: float,
    interval: tuple[float, float] | None,
    significant: bool | None,
) -> Verdict:
    """Say how the second of two experiments compares with the first.

    Args:
        measure: of what the difference is one.
        difference: second less first.
        interval: its 95 % interval; None if it has none.
        significant: whether the corrected test rejects "no difference"; None if it was not tested.
    """
    if significant is None or interval is None:
        return "untested"
    gain = -difference if all_measures()[measure].is_error else difference
    if significant and gain:
        return "better" if gain > 0 else "worse"
    return "undecided" if side_of(0, *interval) == "around" else "unconfirmed"


def side_of(bound: float, low: float, high: float) -> Side:
    """Say on which side of a bound an interval lies, or that it lies around it."""
    if low > bound:
        return "above"
    return "below" if high < bound else "around"


def size_of_gain(verdict: Verdict, difference: float) -> GainSize:
    """Say how large a gain is that the test confirms; one that it does not confirm is none.

    The authors' design notes foresee a clear gain, a modest one and none; harm is ours.
    """
    match verdict:
        case "better":
            return "clear" if difference >= CLEAR_GAIN else "modest"
        case "worse":
            return "harmful"
        case "untested":
            return "untested"
        case _:
            return "none"
