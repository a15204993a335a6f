"""Refuse a paper whose TeX log shows what a reader would see.

These are overfull lines and broken references.
"""

from __future__ import annotations

import re
from pathlib import Path

from smartiqa.core.errors import InputError, first_named

# Points. A line that sticks out of its column shows; a column of floats one line longer does not.
LARGEST_OVERHANG = {"h": 5.0, "v": 12.0}
TEX_LINE = 79  # TeX breaks its messages after so many bytes
MOST_SHOWN = 8
OVERFULL = re.compile(r"Overfull \\(?P<kind>[hv])box \((?P<points>[\d.]+)pt too (?:wide|high)\).*")
BROKEN = (
    re.compile(r"(?:LaTeX|Package natbib) Warning: (?:Reference|Citation) .*? undefined.*"),
    re.compile(r"LaTeX Warning: There were (?:undefined references|multiply-defined labels).*"),
    re.compile(r"LaTeX Warning: Label .*? multiply defined.*"),
    re.compile(r"LaTeX Warning: Label\(s\) may have changed.*"),
    re.compile(r"LaTeX Warning: File .*? not found.*"),
    re.compile(r"Missing character: There is no .*"),
)


def problems_of(log: str) -> list[str]:
    """Return every message of a TeX log that makes the paper unfit, in order, each once."""
    found = [line for line in unwrapped(log) if is_problem(line)]
    return list(dict.fromkeys(found))


def is_problem(line: str) -> bool:
    """Whether a message is an overfull box beyond the limit or a broken reference."""
    overfull = OVERFULL.match(line)
    if overfull:
        return float(overfull["points"]) > LARGEST_OVERHANG[overfull["kind"]]
    return any(pattern.match(line) for pattern in BROKEN)


def unwrapped(log: str) -> list[str]:
    """Join the lines that TeX broke because they were full."""
    lines: list[str] = []
    continued = False
    for line in log.splitlines():
        if continued:
            lines[-1] += line
        else:
            lines.append(line)
        continued = len(line.encode()) == TEX_LINE
    return lines


def check_log(log: Path) -> None:
    """Check the log of a finished build.

    Raises:
        InputError: naming what is wrong, or that the log is missing.
    """
    if not log.is_file():
        raise InputError(f"{log} does not exist: build the paper first")
    problems = problems_of(log.read_text(encoding="utf-8", errors="replace"))
    if problems:
        raise InputError(f"{log}: {first_named(problems, MOST_SHOWN, '; ')}")
