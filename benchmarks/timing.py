"""Times of several ways of doing the same, taken in turn: A B A B ...

A machine drifts: its clock, its neighbours, its caches. Ways that take turns meet the same drift,
and the ratio within a round hardly feels it. Every other round goes backwards (A B B A), so that no
way always follows the same one.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

Way = Callable[[], object]
_prepared: Way  # in the process of `elsewhere`


class Spread(NamedTuple):
    """The median of repeated measurements with their lower and upper quartile."""

    median: float
    low: float
    high: float


def take_turns(ways: Mapping[str, Way], rounds: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Run every way once a round; return the seconds of each, without those of the warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways.items())
    for number in range(warm_up + rounds):
        for name, way in order if number % 2 == 0 else reversed(order):
            started = time.perf_counter()
            way()
            if number >= warm_up:
                seconds[name].append(time.perf_counter() - started)
    return seconds


@contextmanager
def elsewhere(prepare: Callable[..., Way], *arguments: Any) -> Iterator[Way]:
    """Prepare a way in a new process, where no setting of this one helps it, and run it there.

    Args:
        prepare: a function of a module, which returns the way.
        arguments: of `prepare`; they are pickled.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, _prepare, (prepare, *arguments)) as process:
        yield lambda: process.submit(_run).result()


def _prepare(prepare: Callable[..., Way], *arguments: Any) -> None:
    global _prepared
    _prepared = prepare(*arguments)


def _run() -> None:
    _prepared()


def spread(values: Sequence[float]) -> Spread:
    """Return median and quartiles; of a single value that value."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def quotient(numerators: Sequence[float], denominators: Sequence[float]) -> Spread:
    """Return the spread of the quotients within each round."""
    return spread([a / b for a, b in zip(numerators, denominators, strict=True)])
