"""Imports by name, which no import statement tells: `import_module(f"package.part.{name}")`.

Such a call stands in a function. Whoever imports that function, a *loader*, may import every module
whose name begins as the loader's names do; where that beginning is not written out, any module. A
function that mentions a loader of its own module is a loader too.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

CALL = "import_module"


@functools.cache
def loaders_in(text: str) -> dict[str, frozenset[str]]:
    """Return the loaders of a module, each with what the names that it imports begin with.

    Raises:
        SyntaxError: it is not Python.
    """
    if CALL not in text:
        return {}
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    loaders = {made.name: frozenset(_prefixes(made)) for made in functions}
    mentions = {made.name: _names(made) for made in functions}
    for _ in functions:  # each turn finds loaders one call further away
        loaders = {
            name: found.union(*(loaders[other] for other in mentions[name] & loaders.keys()))
            for name, found in loaders.items()
        }
    return {name: found for name, found in loaders.items() if found}


def _prefixes(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == CALL:
            match node.args:
                case [ast.Constant(value=str(prefix)), *_]:
                    yield prefix
                case [ast.JoinedStr(values=[ast.Constant(value=str(prefix)), *_]), *_]:
                    yield prefix
                case _:
                    yield ""


def _names(function: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
