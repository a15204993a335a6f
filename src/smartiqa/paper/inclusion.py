"""What the templates of a paper include: only that is rendered, drawn and indexed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name

INCLUDED = re.compile(
    r"\\input\{(sections|tables)/(\w+)\}"
    r"""|call\s+figure\(\s*["'](\w+)["']\s*,\s*["']([\w-]+)["']"""
)
REMARK = re.compile(r"(?<![\\%])%(?!%).*")  # of TeX, or of a template: %#


class Inclusion(NamedTuple):
    """A section, table or figure.

    Attributes:
        kind: "sections", "tables" or "figures".
        name: of its template, or of the module that draws it.
        label: of a figure, without `fig:`; "" for others.
    """

    kind: str
    name: str
    label: str = ""


def inclusions(paper: Path) -> list[Inclusion]:
    """List what `main.tex.j2` in a folder includes, a section before what it includes itself.

    Raises:
        InputError: a template is missing, or includes itself; the message names where it is
            included.
    """
    return list(_included(paper, paper / "main.tex.j2", (paper,)))


def check_figures(included: Iterable[Inclusion], known: Sequence[str]) -> None:
    """Raise an `InputError` for the first figure that none of the `known` modules draws."""
    for kind, name, _ in included:
        if kind == "figures" and name not in known:
            raise InputError(unknown_name("figure that the paper calls for", name, known))


def _included(paper: Path, template: Path, within: tuple[Path, ...]) -> Iterator[Inclusion]:
    if not template.is_file():
        raise InputError(f"there is no {template}, which {within[-1]} includes; write it")
    if template in within:
        raise InputError(f"{template} includes itself, by way of {within[-1]}; leave one out")
    text = REMARK.sub("", template.read_text(encoding="utf-8"))
    for folder, name, figure, label in INCLUDED.findall(text):
        if figure:
            yield Inclusion("figures", figure, label)
            continue
        yield Inclusion(folder, name)
        yield from _included(paper, paper / folder / f"{name}.tex.j2", (*within, template))
