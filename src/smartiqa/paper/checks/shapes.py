"""Shapes: what a template can know of a value before there is one.

A shape follows from a type (`shape_of_type`) or, for files of the repository, from the content
itself (`shape_of_content`). Texts may know which ones they can be: ids of a group, keys of a
literal, verdicts; that is how keys in brackets are checked.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel


class Shape:
    """What a value looks like."""


@dataclass(frozen=True)
class Unseen(Shape):
    """A value of which nothing is known; `why` says what hides it."""

    why: str


@dataclass(frozen=True)
class Text(Shape):
    """A text, one of `values` if these are known."""

    values: frozenset[str] | None = None


@dataclass(frozen=True)
class Plain(Shape):
    """A number, a truth value or nothing: nothing lies below it."""

    kind: str = "number"


@dataclass(frozen=True)
class Record(Shape):
    """A level with known keys; `name` says of what. Methods are called, fields are not."""

    name: str
    fields: Mapping[str, Shape] = field(hash=False)
    methods: frozenset[str] = frozenset()


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
    """A tuple: a shape for each place."""

    places: tuple[Shape, ...]


@dataclass(frozen=True)
class Either(Shape):
    """One of several shapes."""

    options: tuple[Shape, ...]


def either(options: Iterable[Shape]) -> Shape:
    """Join shapes: texts into one with all their values, and none twice."""
    flat: list[Shape] = []
    for option in options:
        flat += option.options if isinstance(option, Either) else [option]
    texts = [option for option in flat if isinstance(option, Text)]
    others = list(dict.fromkeys(option for option in flat if not isinstance(option, Text)))
    if texts:
        known = [text.values for text in texts]
        together = None if None in known else frozenset().union(*(v for v in known if v))
        others.append(Text(together))
    if not others:
        return Plain("nothing")
    return others[0] if len(others) == 1 else Either(tuple(others))


def options_of(shape: Shape) -> tuple[Shape, ...]:
    """The shapes that a value may have, without "nothing" where there is something else."""
    options = shape.options if isinstance(shape, Either) else (shape,)
    return tuple(o for o in options if o != Plain("nothing")) or options


@functools.cache
def shape_of_type(kind: Any) -> Shape:
    """Return the shape of a value in a template's view of a type.

    An optional value has the shape of what is there, since a template that uses it must guard it.
    `Annotated[Branch, Model]` is a view of a model.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        inner = next((a for a in arguments[1:] if _is_model(a)), arguments[0])
        return shape_of_type(inner)
    if origin in (Union, types.UnionType):
        return either(shape_of_type(a) for a in arguments if a is not type(None))
    if origin is Literal:
        return Text(frozenset(map(str, arguments)))
    if origin is tuple and arguments[-1] is not Ellipsis:
        return Row(tuple(map(shape_of_type, arguments)))
    if _is_model(kind):
        hints = get_type_hints(kind, include_extras=True)
        fields = {name: shape_of_type(hints[name]) for name in kind.model_fields}
        return Record(kind.__name__, fields)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        keys = shape_of_type(arguments[0])
        return Table(shape_of_type(arguments[1]), keys.values if isinstance(keys, Text) else None)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return Items(shape_of_type(arguments[0]))
    return _shape_of_plain(kind)


def _shape_of_plain(kind: Any) -> Shape:
    if isinstance(kind, type) and issubclass(kind, str):
        return Text()
    if isinstance(kind, type) and issubclass(kind, int | float | bool):
        return Plain("truth" if kind is bool else "number")
    return Unseen(f"a value of type {getattr(kind, '__name__', kind)}")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def shape_of_result(kind: Any) -> Shape:
    """Return the shape of what a function returns: of a model, its fields, properties, methods."""
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return either(map(shape_of_result, arguments))
    if kind is type(None):
        return Plain("nothing")
    if not _is_model(kind):
        return shape_of_type(kind)
    fields, methods = dict(_fields_of(kind)), set()
    for name, member in vars(kind).items():
        getter = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(getter):
            continue
        returned = get_type_hints(getter)["return"]
        fields[name] = Unseen(kind.__name__) if returned is kind else shape_of_type(returned)
        if not isinstance(member, property):
            methods.add(name)
    return Record(kind.__name__, fields, frozenset(methods))


def _fields_of(kind: type[BaseModel]) -> Mapping[str, Shape]:
    shape = shape_of_type(kind)
    return shape.fields if isinstance(shape, Record) else {}


def shape_of_content(content: Any, name: str) -> Shape:
    """Return the shape of what a file of the repository holds; its keys are all there are."""
    if isinstance(content, Mapping):
        fields = {str(k): shape_of_content(v, f"{name}.{k}") for k, v in content.items()}
        return Record(name, fields)
    if isinstance(content, list | tuple):
        return Items(either(shape_of_content(item, name) for item in content))
    if isinstance(content, str):
        return Text(frozenset({content}))
    return Plain("nothing" if content is None else "number")


@dataclass(frozen=True)
class Function(Shape):
    """A function that templates call: what it takes from them and what it returns."""

    name: str
    parameters: tuple[inspect.Parameter, ...]
    kinds: Mapping[str, Any] = field(hash=False)
    result: Shape = field(hash=False)


def function_shape(name: str, function: Callable[..., Any], given: int = 0) -> Function:
    """Return the shape of a function whose first `given` arguments do not come from templates."""
    hints = get_type_hints(function, include_extras=True)
    parameters = tuple(inspect.signature(function).parameters.values())[given:]
    return Function(name, parameters, hints, shape_of_result(hints["return"]))
