"""Shapes: what a template can know of a value before there is one.

A shape follows from a type or, for files of the repository, from the content itself (`typed`).
Texts may know which ones they can be: ids of a group, keys of a literal, verdicts; that is how keys
in brackets and comparisons are checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class Shape:
    """What a value looks like."""


@dataclass(frozen=True)
class Unseen(Shape):
    """A value of which nothing is known; `why` says what hides it."""

    why: str


@dataclass(frozen=True)
class Absent(Shape):
    """Nothing, since some of the possible keys have no value; `problem` says so to who uses it."""

    problem: str


@dataclass(frozen=True)
class Text(Shape):
    """A text, one of `values` if these are known; templates spell out those that are `written`."""

    values: frozenset[str] | None = None
    written: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plain(Shape):
    """A number, a truth value or nothing: nothing lies below it."""

    kind: str = "number"


@dataclass(frozen=True)
class Record(Shape):
    """A level with known keys, of what `name` says; a template spells out the `written` ones."""

    name: str
    fields: Mapping[str, Shape] = field(hash=False)
    written: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table(Shape):
    """A level whose keys are names; `keys` are all of them if these are known."""

    of: Shape
    keys: frozenset[str] | None = None


@dataclass(frozen=True)
class Items(Shape):
    """A sequence of items of one shape."""

    of: Shape


@dataclass(frozen=True)
class Row(Shape):
    """A tuple: a shape for each place; some tuples have `names` for them."""

    places: tuple[Shape, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Either(Shape):
    """One of several shapes."""

    options: tuple[Shape, ...]


@dataclass(frozen=True)
class Function(Shape):
    """A function, filter or test: what templates give it, and what it returns.

    `texts` are what arguments can be, by parameter, as far as that is known.
    """

    name: str
    signature: inspect.Signature = field(hash=False)
    result: Shape = field(default_factory=Text, hash=False)
    texts: Mapping[str, Text] = field(default_factory=dict, hash=False)


def either(options: Iterable[Shape]) -> Shape:
    """Join shapes: texts into one with all their values, and none twice."""
    flat: list[Shape] = []
    for option in options:
        flat += option.options if isinstance(option, Either) else [option]
    texts = [option for option in flat if isinstance(option, Text)]
    others = list(dict.fromkeys(option for option in flat if not isinstance(option, Text)))
    if texts:
        known = [text.values for text in texts if text.values is not None]
        written = frozenset[str]().union(*(text.written for text in texts))
        closed = len(known) == len(texts)
        others.append(Text(frozenset[str]().union(*known), written) if closed else Text())
    if not others:
        return Plain("nothing")
    return others[0] if len(others) == 1 else Either(tuple(others))


def all_options(shape: Shape) -> tuple[Shape, ...]:
    """The shapes that a value may have."""
    return shape.options if isinstance(shape, Either) else (shape,)


def options_of(shape: Shape) -> tuple[Shape, ...]:
    """The same without "nothing" where there is something else."""
    options = all_options(shape)
    return tuple(o for o in options if o != Plain("nothing")) or options
