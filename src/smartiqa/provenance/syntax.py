"""What code says, as text that is the same under every version of Python.

`ast.dump` is not: new versions have new fields, and leave out empty ones. Here a node is its name
with those of its fields that hold something, in the order of their names.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Iterable, Iterator

# How a name is used follows from where it stands; the others hold type comments and u"" prefixes.
SAID_ELSEWHERE = {"ctx", "kind", "type_comment", "type_ignores"}
OPTIONS = ("typer.Argument", "typer.Option")  # whose `help` documents, too
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def canonical(node: object) -> str:
    """Return the text of a syntax tree, or of a part; blind to layout and what only documents."""
    match node:
        case ast.Constant(value=value):
            return f"{type(value).__name__}:{value!a}"
        case ast.AST():
            fields = "".join(f" {name}={canonical(value)}" for name, value in _fields(node))
            return f"({type(node).__name__}{fields})"
        case list():
            return f"[{' '.join(map(canonical, node))}]"
        case _:
            return ascii(node)  # a name, a number, or the None of a place that is left empty


def _fields(node: ast.AST) -> Iterator[tuple[str, object]]:
    for name in _said(node._fields):
        value = getattr(node, name, None)
        if name == "body" and isinstance(node, DOCUMENTED) and _is_documented(node):
            value = node.body[1:]
        if name == "values" and isinstance(node, ast.JoinedStr):
            value = list(_joined(node.values))
        if name == "keywords" and isinstance(node, ast.Call) and ast.unparse(node.func) in OPTIONS:
            value = [keyword for keyword in node.keywords if keyword.arg != "help"]
        if name == "annotation" and value is not None:
            value = _without_choices(value)
        if value is not None and value != []:
            yield name, value


@functools.cache
def _said(fields: tuple[str, ...]) -> list[str]:
    return sorted({*fields} - SAID_ELSEWHERE)


def _without_choices(annotation: ast.AST) -> ast.AST:
    """Leave out what it may hold by name: one more choice changes nothing of another."""
    names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return _WithoutLiterals().visit(copy.deepcopy(annotation)) if "Literal" in names else annotation


class _WithoutLiterals(ast.NodeTransformer):
    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node.value if ast.unparse(node.value) == "Literal" else self.generic_visit(node)


def _is_documented(node: ast.AST) -> bool:
    return isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None


def _joined(parts: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Join neighbouring pieces of text of an f-string, which versions divide differently."""
    text = ""
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        if text:
            yield ast.Constant(text)
        text = ""
        yield part
    if text:
        yield ast.Constant(text)
