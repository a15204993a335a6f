"""Times of several ways of doing the same, taken in turn: A B A B ...

A machine drifts: its clock, its neighbours, its caches. Ways that take turns meet the same drift,
and the ratio within a round hardly feels it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Way = Callable[[], object]


class Spread(NamedTuple):
    """The median of repeated measurements with their lower and upper quartile."""

    median: float
    low: float
    high: float


def take_turns(ways: Mapping[str, Way], rounds: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Run every way once a round; return the seconds of each, without those of the warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(warm_up + rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if number >= warm_up:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def spread(values: Sequence[float]) -> Spread:
    """Return median and quartiles; of a single value that value."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def quotient(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Return the spread of the quotients within each round."""
    return spread([a / b for a, b in zip(numerators, denominators, strict=True)])
