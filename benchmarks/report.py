"""One line a measurement, and the table of all lines."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from benchmarks.timing import Spread
from smartiqa.machine.environment import PACKAGES, device_name
from smartiqa.machine.precision import has_bfloat16

HEADER = ("measurement", "median", "quartiles", "goal", "reached", "details")


@dataclass(frozen=True)
class Goal:
    """A bound that the median of a measurement should keep."""

    sign: Literal["<=", ">="]
    value: float

    def reached(self, median: float) -> bool:
        """Whether a median keeps the bound."""
        return median <= self.value if self.sign == "<=" else median >= self.value


@dataclass(frozen=True)
class Line:
    """What one measurement found.

    Attributes:
        name: what is measured, or which is divided by which.
        value: a ratio, or a quantity in `unit`.
        rounds: how often it was measured.
        details: the absolute values behind it.
        unit: "x" for ratios.
        goal: the bound it should keep, if there is one.
    """

    name: str
    value: Spread
    rounds: int
    details: str = ""
    unit: str = "x"
    goal: Goal | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the line's text, one cell a column of `HEADER`."""
        value = self.value
        return (
            self.name,
            f"{short(value.median)} {self.unit}",
            f"{short(value.low)} to {short(value.high)}" if self.rounds > 1 else "",
            f"{self.goal.sign} {self.goal.value:g}" if self.goal else "",
            ("yes" if self.goal.reached(value.median) else "no") if self.goal else "",
            self.details,
        )

    def record(self) -> dict[str, Any]:
        """Return the line as plain JSON types."""
        reached = self.goal.reached(self.value.median) if self.goal else None
        return asdict(self) | {"value": self.value._asdict(), "reached": reached}


@dataclass(frozen=True)
class Report:
    """The lines of one measurement, what it took, and why lines are missing."""

    lines: tuple[Line, ...]
    seconds: float
    peak_memory_mb: int
    missing: str = ""


def short(value: float) -> str:
    """Write a number with three digits, or more before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine_record() -> dict[str, Any]:
    """Describe the processor and the software that all times depend on."""
    from importlib.metadata import version

    device = torch.device("cpu")
    return {
        "bfloat16": has_bfloat16(device),
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor_name(),
        "python": platform.python_version(),
        "system": platform.system(),
        "threads": torch.get_num_threads(),
        "versions": {name: version(name) for name in PACKAGES},
        **({"gpu": device_name(torch.device("cuda"))} if torch.cuda.is_available() else {}),
    }


def processor_name() -> str:
    """Return the processor's name with family and model, which tell its generation."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            pairs = (line.partition(":") for line in stream if ":" in line)
            facts: dict[str, str] = {}
            for key, _, value in pairs:
                facts.setdefault(key.strip(), value.strip())
        return f"{facts['model name']} (family {facts['cpu family']}, model {facts['model']})"
    except (OSError, KeyError):
        return device_name(torch.device("cpu"))


def markdown(reports: Mapping[str, Report], machine: Mapping[str, Any]) -> str:
    """Return the page with all measurements."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    rows = [line.cells() for report in reports.values() for line in report.lines]
    took = [
        f"- {name}: {report.seconds:.0f} s, peak memory {report.peak_memory_mb:,} MB"
        + (f"; {report.missing}" if report.missing else "")
        for name, report in reports.items()
    ]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Made by `make bench` on {machine['cores']} cores of {machine['processor']}, bfloat16 "
            f"instructions: {'yes' if machine['bfloat16'] else 'no'}; Python {machine['python']}, "
            f"{versions}.",
            "",
            "Ways that are compared took turns (A B B A ...), the published way in a process of "
            "its own; ratios are taken within each round.",
            "",
            *pipe_table(HEADER, rows),
            "",
            "Every measurement has a process of its own:",
            "",
            *took,
            "",
        ]
    )


def pipe_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table whose columns are aligned in plain text too."""
    cells = [header, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [
        "| " + " | ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
