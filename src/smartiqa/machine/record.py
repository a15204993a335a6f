"""What was there when a run was made, added up over all processes that it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

from smartiqa.core.strict import Strict


class Spent(Strict):
    """What a run took so far.

    A process that is killed counts up to its last saved state. What it did after that is lost with
    it, and so is all that was spent on a state which is not taken up again.

    Attributes:
        processes: that worked on it.
        seconds: wall time.
        peaks: the most that any process had at once, by name.
    """

    processes: int = 0
    seconds: float = 0.0
    peaks: dict[str, int | float | None] = {}

    def plus(self, other: Self) -> Self:
        """Return what both took one after the other."""
        return type(self)(
            processes=self.processes + other.processes,
            seconds=round(self.seconds + other.seconds, 2),
            peaks={
                name: _highest(self.peaks.get(name), other.peaks.get(name))
                for name in sorted({*self.peaks, *other.peaks})
            },
        )


class Meter:
    """Measure what a process takes, on top of what earlier ones took.

    Args:
        peaks: returns the most that this process had at once so far, by name.

    Attributes:
        earlier: what the processes before this one took.
    """

    def __init__(self, peaks: Callable[[], Mapping[str, float | None]]) -> None:
        self._started, self._peaks = time.monotonic(), peaks
        self.earlier = Spent()

    def read(self) -> Spent:
        """Return what the run took so far."""
        seconds = time.monotonic() - self._started
        now = Spent(processes=1, seconds=seconds, peaks=dict(self._peaks()))
        return self.earlier.plus(now)


def record_of(machine: Mapping[str, Any], spent: Spent) -> dict[str, Any]:
    """Return what `environment.json` holds: what was there when a run was made.

    Args:
        machine: that the last process had, as `smartiqa.machine.environment` describes it.
        spent: by all processes.
    """
    return {**machine, **spent.model_dump(exclude={"peaks"}), **spent.peaks}


def peaks_of(record: Mapping[str, Any]) -> dict[str, float | None]:
    """Return what a description of the machine says about the most that was used at once."""
    return {name: value for name, value in record.items() if name.startswith("peak_")}


def _highest(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)
