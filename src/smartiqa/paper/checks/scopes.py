"""What a part of a template sees, and how a call fills what it calls."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.shapes import Function, Shape

NEEDED = inspect.Parameter.empty  # the default of what has none
PLACED, NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
SEVERAL, OTHERS = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD


@dataclass(frozen=True)
class Place:
    """A line of a template."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


class Names(dict[str, Shape]):
    """The names that a part of a template sees, and lookups of which more is known.

    The key of a lookup is its `repr`, which is no name.
    """

    def __init__(self, path: Path, names: Mapping[str, Shape]) -> None:
        super().__init__(names)
        self.path = path

    def inner(self, names: Mapping[str, Shape]) -> Names:
        """A copy in which some names mean something else."""
        return Names(self.path, {**self, **names})

    def plain(self) -> list[str]:
        """The names of values, not of functions."""
        return [n for n, shape in self.items() if n.isidentifier() and type(shape) is not Function]


@dataclass(frozen=True)
class Macro(Shape):
    """A macro, or what a call block hands to one, with the scope that it was defined in."""

    name: str
    node: nodes.Macro | nodes.CallBlock = field(hash=False)
    scope: Names = field(hash=False)

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """What it takes; `caller` and any number of arguments only if its body speaks of them."""
        names = [argument.name for argument in self.node.args]
        needed = len(names) - len(self.node.defaults)
        parameters = [
            inspect.Parameter(name, PLACED, default=NEEDED if place < needed else None)
            for place, name in enumerate(names)
        ]
        implied = {"varargs": SEVERAL, "caller": NAMED, "kwargs": OTHERS}
        parameters += [
            inspect.Parameter(n, k) for n, k in implied.items() if n in self.used - {*names}
        ]
        return inspect.Signature(parameters)

    @functools.cached_property
    def used(self) -> set[str]:
        """The names that it reads."""
        return {name.name for name in self.node.find_all(nodes.Name) if name.ctx == "load"}


@dataclass(frozen=True)
class Call:
    """The shapes of the arguments of a call, by place and by name."""

    placed: Sequence[Shape]
    named: Mapping[str, Shape]

    def fill(self, signature: inspect.Signature) -> dict[str, Any]:
        """The arguments by the names of parameters.

        Raises:
            TypeError: they do not fit the signature.
        """
        known = signature.parameters
        several = any(parameter.kind is OTHERS for parameter in known.values())
        for name in self.named:
            if name not in known and not several:
                raise TypeError(unknown_name("argument", name, list(known)))
        return dict(signature.bind(*self.placed, **self.named).arguments)
