"""Imports by name, which no static import graph has: `import_module(f"package.part.{name}")`.

Such a call stands in a function, the *loader*. A module that mentions a loader may import every
module whose name begins as the loader's names do. Where that beginning is not written out, it may
import everything.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

CALL = "import_module"


class ImportGraph(Protocol):
    """What is asked of `grimp.ImportGraph`."""

    def find_modules_directly_imported_by(self, module: str) -> set[str]:
        """Return the modules that the import statements of `module` name."""
        ...


def prefixes_imported(
    modules: Iterable[str], graph: ImportGraph, sources: Mapping[str, str]
) -> list[str]:
    """Return what the names begin with that `modules` may import through loaders; sorted.

    Args:
        modules: dotted names.
        graph: which module imports which by statements.
        sources: the text of every module of the package.
    """
    loaders = {name: loaders_in(text) for name, text in sources.items() if CALL in text}
    return sorted(
        {
            prefix
            for module in modules
            for source in loaders.keys() & graph.find_modules_directly_imported_by(module)
            for function, prefix in loaders[source]
            if function in names_in(sources[module])
        }
    )


@functools.cache
def loaders_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return the loaders of a module: name of the function, and what it imports begins with."""
    return tuple(
        (function.name, prefix)
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef)
        for prefix in _prefixes(function)
    )


def _prefixes(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == CALL:
            match node.args:
                case [ast.Constant(value=str(prefix)), *_]:
                    yield prefix
                case [ast.JoinedStr(values=[ast.Constant(value=str(prefix)), *_]), *_]:
                    yield prefix
                case _:
                    yield ""


@functools.cache
def names_in(text: str) -> frozenset[str]:
    """Return every name that a module imports, reads or looks up."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                names.add(name)
    return frozenset(names)
