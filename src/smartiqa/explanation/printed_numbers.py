"""What people read in the paper, such as "Table III" or "Section V-A", and where it is written.

No typeset paper is read, which may be that of another study: templates are rendered with the values
of the study that is asked for, and their labels and headings are counted as LaTeX counts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.paper.latex.environment import rendered

NAMES = {"tab": "Table", "fig": "Fig.", "sec": "Section", "app": "Appendix"}
MANY = {"Table": "tables", "Fig.": "figures", "Section": "sections", "Appendix": "appendices"}
PRINTED = re.compile(
    r"(tab|fig|sec|app)(?:le|ure|tion|endix)?[.\s]+([a-z]+|\d+)(?:-([a-z]))?", re.IGNORECASE
)
PARTS = re.compile(
    r"\\input\{([\w/]+)\}|\\label\{((?:tab|fig):[\w-]+)\}|\\((?:sub)?section)\{|\\(appendices)\b"
)
ROMAN = {40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}
MOST = 89  # of anything in a paper


def printed_label(name: str, paper: Path, values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the label of what a name such as "Table III" means, and the template that has it.

    Of a section, the label is the name in print.

    Returns:
        None if the name is none of this kind.

    Raises:
        InputError: the paper has nothing of this name, or a template cannot be rendered.
    """
    if not (asked := PRINTED.fullmatch(name.strip())):
        return None
    kind, labels = NAMES[asked[1].lower()], printed_labels(paper, values)
    part = f"-{asked[3].upper()}" if asked[3] else ""
    if found := labels.get(f"{kind} {as_numbered(kind, asked[2].upper())}{part}"):
        return found
    last = [printed for printed in labels if printed.startswith(kind) and "-" not in printed]
    raise InputError(
        f"the paper of the study {values['study']['name']} has no {name.strip()}; the last of its "
        f"{MANY[kind]} has the number {last[-1].split()[1] if last else 0}"
    )


def printed_labels(paper: Path, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return labels and templates by what is printed: "Table III", "Fig. 11", "Section V-A"."""
    found: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    kind = "Section"
    for what, template in _parts(paper, "main", values):
        if what == "appendices":
            kind = "Appendix"
        elif what == "subsection":
            counts[what] += 1
            printed = f"{kind} {_counted(kind, counts[kind])}-{_letter(counts[what])}"
            found[printed] = printed, template
        elif what == "section":
            counts[kind] += 1
            counts["subsection"] = 0
            printed = f"{kind} {_counted(kind, counts[kind])}"
            found[printed] = printed, template
        else:
            exhibit = NAMES[what.partition(":")[0]]
            counts[exhibit] += 1
            found[f"{exhibit} {_counted(exhibit, counts[exhibit])}"] = what, template
    return found


def as_numbered(kind: str, number: str) -> str:
    """Return a number as the paper prints those of its kind, whether Roman or not.

    >>> as_numbered("Table", "14"), as_numbered("Fig.", "XI"), as_numbered("Appendix", "D")
    ('XIV', '11', 'D')
    """
    if kind == "Appendix" and number.isalpha():
        return number
    known = {roman(count): count for count in range(1, MOST + 1)}
    count = int(number) if number.isdecimal() else known.get(number, 0)
    return _counted(kind, count) if 1 <= count <= MOST else ""


def roman(count: int) -> str:
    """Return a number below 90 as LaTeX numbers tables.

    >>> roman(14), roman(22)
    ('XIV', 'XXII')
    """
    text = ""
    for value, letters in ROMAN.items():
        text += letters * (count // value)
        count %= value
    return text


def _counted(kind: str, count: int) -> str:
    """How the paper numbers what it has so many of."""
    if kind == "Appendix":
        return _letter(count)
    return str(count) if kind == "Fig." else roman(count)


def _letter(count: int) -> str:
    return chr(ord("A") + count - 1)


def _parts(paper: Path, template: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield labels of tables and figures, and headings, in order, each with its template."""
    text = rendered(paper / f"{template}.tex.j2", values, {"exhibits": list})
    for found in PARTS.finditer(text):
        if found[1]:
            yield from _parts(paper, found[1], values)
        else:
            yield found[2] or found[3] or found[4], template
