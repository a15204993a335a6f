r"""What templates name by LaTeX commands: parts, figures, works and labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from jinja2 import nodes

from smartiqa.paper.checks.shapes import Shape, Text
from smartiqa.paper.figures.needs import figure_names

COMMAND = re.compile(
    r"\\(input|includegraphics|cite|label|(?:eq|page|auto)?ref)(?:\[[^\]]*\])?\{([^{}]*)\}"
)
COMPUTED = re.compile("\0(\\d+)\0")  # stands for an expression among the text of a template
ENTRY = re.compile(r"^@\w+\{([^,\s]+),", re.MULTILINE)


class Command(NamedTuple):
    """A command, its line and what it names; None if that comes from values."""

    name: str
    line: int
    names: list[str] | None


def commands(parts: Sequence[tuple[nodes.Node, Shape]]) -> Iterator[Command]:
    """Yield the commands in what a template puts out: its own text, and expressions."""
    text = "".join(
        part.data if isinstance(part, nodes.TemplateData) else f"\0{place}\0"
        for place, (part, _) in enumerate(parts)
    )
    for found in COMMAND.finditer(text):
        name = "ref" if found[1].endswith("ref") else found[1]
        line = parts[0][0].lineno + text.count("\n", 0, found.start())
        yield Command(name, line, _named(found[2], [shape for _, shape in parts]))


def _named(argument: str, shapes: Sequence[Shape]) -> list[str] | None:
    """Each name that an argument of a command can be."""
    pieces: list[Collection[str]] = []
    for place, piece in enumerate(COMPUTED.split(argument)):
        shape = shapes[int(piece)] if place % 2 else Text(frozenset({piece}))
        if not isinstance(shape, Text) or shape.values is None:
            return None
        pieces.append(sorted(shape.values))
    joined = ["".join(choice) for choice in product(*pieces)]
    return [name.strip() for several in joined for name in several.split(",")]


def known_names(paper: Path) -> dict[str, list[str]]:
    """What commands can name, but for labels, which the walk of all templates finds."""
    parts = [path.relative_to(paper).as_posix() for path in sorted(paper.rglob("*.tex.j2"))]
    works = [
        entry
        for path in sorted(paper.glob("*.bib"))
        for entry in ENTRY.findall(path.read_text(encoding="utf-8"))
    ]
    return {
        "input": [part.removesuffix(".tex.j2") for part in parts],
        "includegraphics": figure_names(),
        "cite": works,
    }
