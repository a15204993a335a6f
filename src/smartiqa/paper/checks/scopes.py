"""What a part of a template sees, and how a call fills what it calls."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_origin

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.shapes import Function, Shape, Text, shape_of_type

SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Macro(Shape):
    """A macro with the scope that it was defined in."""

    node: nodes.Macro = field(hash=False)
    scope: Names = field(hash=False)


@dataclass(frozen=True)
class Place:
    """A line of a template."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


class Names(dict[str, Shape]):
    """The names that a part of a template sees."""

    def __init__(self, path: Path, names: Mapping[str, Shape]) -> None:
        super().__init__(names)
        self.path = path

    def inner(self, **names: Shape) -> Names:
        """A copy in which some names mean something else."""
        return Names(self.path, {**self, **names})


@dataclass(frozen=True)
class Call:
    """The shapes of the arguments of a call, by place and by name."""

    arguments: Sequence[Shape]
    named: Mapping[str, Shape]

    def given(self, names: Sequence[str]) -> dict[str, Shape]:
        """The arguments by the names of parameters; more than there are names are left out."""
        return dict(zip(names, self.arguments, strict=False)) | dict(self.named)

    def problems(self, function: Function) -> Iterator[str]:
        """Yield what a function would not take: too many, unknown or missing arguments."""
        names = [parameter.name for parameter in function.parameters]
        several = any(parameter.kind in SEVERAL for parameter in function.parameters)
        if len(self.arguments) > len(names) and not several:
            yield f"{function.name} takes {len(names)} arguments, not {len(self.arguments)}"
        yield from self.unknown(names)
        for parameter in function.parameters:
            needed = parameter.default is inspect.Parameter.empty and parameter.kind not in SEVERAL
            if needed and parameter.name not in self.given(names):
                yield f"{function.name} needs its argument {parameter.name}"

    def unknown(self, names: Sequence[str]) -> Iterator[str]:
        """Yield the named arguments that are none of the parameters."""
        for name in self.named:
            if name not in names:
                yield unknown_name("argument", name, names)

    def texts(
        self, function: Function, named: Mapping[str, Shape]
    ) -> Iterator[tuple[Shape, Shape]]:
        """Yield what an argument can be, by its type or its name, and what is given."""
        names = [parameter.name for parameter in function.parameters]
        rest = [(names[-1], shape) for shape in self.arguments[len(names) :] if names]
        for name, shape in [*self.given(names).items(), *rest]:
            kind = function.kinds.get(name)
            literal = get_origin(kind) is Literal
            yield shape_of_type(kind) if literal else named.get(name, Text()), shape
