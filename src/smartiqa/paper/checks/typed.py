"""The shapes of types, of what functions take and return, and of files of the repository."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from smartiqa.paper.checks.shapes import (
    Either,
    Function,
    Items,
    Plain,
    Record,
    Row,
    Shape,
    Table,
    Text,
    Unseen,
    either,
)


class Types:
    """Finds the shapes of types.

    Args:
        fields: what fields of models hold beyond what their types say; a text is for the field, for
            its items or for its keys, and another shape is that of the field.
        arguments: what functions take that have a parameter of this name.
    """

    def __init__(
        self,
        fields: Mapping[tuple[type[BaseModel], str], Shape],
        arguments: Mapping[str, Text],
    ) -> None:
        self.fields = fields
        self.arguments = arguments

    def shape(self, kind: Any) -> Shape:
        """Return the shape of a value in a template's view of a type.

        `Annotated[Branch, Model]` is a view of a model.
        """
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            inner = next((a for a in arguments[1:] if _is_model(a)), arguments[0])
            return self.shape(inner)
        if origin in (Union, types.UnionType):
            return either(map(self.shape, arguments))
        if origin is Literal:
            return Text(frozenset(map(str, arguments)))
        if origin is tuple and arguments[-1] is not Ellipsis:
            return Row(tuple(map(self.shape, arguments)))
        if _is_model(kind):
            return Record(kind.__name__, self._fields(kind))
        if hasattr(kind, "_fields"):  # a named tuple
            hints = get_type_hints(kind, include_extras=True)
            return Record(kind.__name__, {name: self.shape(hints[name]) for name in hints})
        if isinstance(origin, type) and issubclass(origin, Mapping):
            keys = self.shape(arguments[0])
            return Table(self.shape(arguments[1]), keys.values if isinstance(keys, Text) else None)
        if isinstance(origin, type) and issubclass(origin, Sequence):
            return Items(self.shape(arguments[0]))
        return _shape_of_plain(kind)

    def _fields(self, kind: type[BaseModel]) -> dict[str, Shape]:
        hints = get_type_hints(kind, include_extras=True)
        shapes = {name: self.shape(hints[name]) for name in kind.model_fields}
        known = {name: shape for (model, name), shape in self.fields.items() if model is kind}
        return shapes | {name: _holding(shapes[name], shape) for name, shape in known.items()}

    def result(self, kind: Any) -> Shape:
        """Return the shape of what a function returns: a model has properties and methods too."""
        if get_origin(kind) in (Union, types.UnionType):
            return either(map(self.result, get_args(kind)))
        if not _is_model(kind):
            return self.shape(kind)
        fields = self._fields(kind)
        for name, member in vars(kind).items():
            getter = member.fget if isinstance(member, property) else member
            if name.startswith("_") or not inspect.isfunction(getter):
                continue
            returned = get_type_hints(getter)["return"]
            shape = Unseen(kind.__name__) if returned is kind else self.shape(returned)
            method = Function(name, signature_of(getter, 1), shape)
            fields[name] = shape if isinstance(member, property) else method
        return Record(kind.__name__, fields)

    def function(self, name: str, function: Callable[..., Any], given: int = 0) -> Function:
        """Return the shape of a function; the first `given` arguments are not the template's."""
        hints = get_type_hints(function, include_extras=True)
        literal = {n: self.shape(kind) for n, kind in hints.items() if get_origin(kind) is Literal}
        texts = {n: shape for n, shape in literal.items() if isinstance(shape, Text)}
        signature = signature_of(function, given)
        return Function(name, signature, self.result(hints["return"]), {**self.arguments, **texts})


def _holding(shape: Shape, known: Shape) -> Shape:
    """A shape of which it is known which texts it holds, or what it is altogether."""
    match shape:
        case Either(options=options):
            return either(o if o == Plain("nothing") else _holding(o, known) for o in options)
        case Table(of=of) if isinstance(known, Text):
            return Table(of, known.values)
        case Items(of=of) if isinstance(known, Text):
            return Items(known)
    return known


def _shape_of_plain(kind: Any) -> Shape:
    if isinstance(kind, type) and issubclass(kind, str):
        return Text()
    if isinstance(kind, type) and issubclass(kind, int | float | bool):
        return Plain("truth" if kind is bool else "number")
    if kind is type(None):
        return Plain("nothing")
    return Unseen(f"a value of type {getattr(kind, '__name__', kind)}")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


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


def signature_of(function: Callable[..., Any], given: int) -> inspect.Signature:
    """Return what a function takes after its first `given` arguments."""
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[given:])
