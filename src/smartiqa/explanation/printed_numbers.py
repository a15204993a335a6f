"""What people read in the paper, such as "Table III" or "Fig. 11", and which label that is.

No typeset paper is read, which may be that of another study: templates are rendered with the values
of the study that is asked for, and their labels are counted as LaTeX counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.paper.latex.environment import rendered

PRINTED = re.compile(r"(tab|fig)(?:le|ure)?[.\s]+([ivxlc]+|\d+)", re.IGNORECASE)
INPUT_OR_LABEL = re.compile(r"\\input\{([\w/]+)\}|\\label\{((?:tab|fig):[\w-]+)\}")
ROMAN = {40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}


def printed_label(name: str, paper: Path, values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the label of what a name such as "Table III" means, and the template that has it.

    Returns:
        None if the name is none of this kind.

    Raises:
        InputError: the paper has no such table or figure, or a template cannot be rendered.
    """
    if not (asked := PRINTED.fullmatch(name.strip())):
        return None
    kind, labels = asked[1].lower(), printed_labels(paper, values)
    if found := labels.get(f"{kind} {roman(asked[2].upper())}"):
        return found
    many = sum(label.startswith(kind) for label, _ in labels.values())
    raise InputError(
        f"the paper of the study {values['study']['name']} has no {name.strip()}; the last of its "
        f"{'tables' if kind == 'tab' else 'figures'} has the number {many}"
    )


def printed_labels(paper: Path, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return labels and their templates by number in print, such as "tab III" and "fig XI"."""
    found: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for label, template in _labels(paper, "main", values):
        kind = label.partition(":")[0]
        counts[kind] += 1
        found[f"{kind} {roman(str(counts[kind]))}"] = label, template
    return found


def roman(number: str) -> str:
    """Return a number below 90 as LaTeX numbers tables; what is no number is returned.

    >>> roman("14"), roman("22"), roman("IV")
    ('XIV', 'XXII', 'IV')
    """
    if not number.isdecimal():
        return number
    text, rest = "", int(number)
    for value, letters in ROMAN.items():
        text += letters * (rest // value)
        rest %= value
    return text


def _labels(paper: Path, template: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the labels of tables and figures in order, each with its template."""
    text = rendered(paper / f"{template}.tex.j2", values, {"exhibits": list})
    for found in INPUT_OR_LABEL.finditer(text):
        if found[1]:
            yield from _labels(paper, found[1], values)
        else:
            yield found[2], template
