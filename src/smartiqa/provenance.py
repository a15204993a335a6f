"""Which code a stage depends on, found by static analysis.

Snakemake does not notice an edit of a module that a command imports. So every rule takes a *code
digest* of its stage as a parameter: it is made from syntax trees without docstrings, so comments,
docstrings and formatting rerun nothing.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

import grimp

from smartiqa.dynamic_imports import prefixes_imported

PACKAGE = "smartiqa"
SOURCE = Path(__file__).parent


@functools.cache
def _import_graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


def code_closure(modules: Iterable[str]) -> list[Path]:
    """List the source files of `modules` and of every first-party module that they import.

    Modules that may be imported by name count as imported (`smartiqa.dynamic_imports` finds them),
    unless `modules` has some of those: then it gets these and no others.

    Args:
        modules: dotted names within the package, such as `smartiqa.train`.

    Raises:
        KeyError: there is no such module.
    """
    graph, given = _import_graph(), list(modules)
    sources = {name: _source_file(name).read_text(encoding="utf-8") for name in graph.modules}
    closure: set[str] = set()
    waiting = list(given)
    while waiting:
        module = waiting.pop()
        if module not in graph.modules:
            raise KeyError(f"no module {module} in {PACKAGE}")
        found = {module, *graph.find_upstream_modules(module)} - closure
        closure |= found
        for prefix in prefixes_imported(found, graph, sources):
            fitting = [name for name in sorted(graph.modules) if name.startswith(prefix)]
            waiting += [name for name in given if name in fitting] or fitting
    return sorted(_source_file(module) for module in closure)


def code_digest(modules: Iterable[str]) -> str:
    """Digest what the closure of `modules` does, blind to comments, docstrings and layout."""
    digest = hashlib.sha256()
    for path in code_closure(modules):
        digest.update(str(path.relative_to(SOURCE)).encode())
        digest.update(_meaning(path).encode())
    return digest.hexdigest()[:16]


def _source_file(module: str) -> Path:
    path = SOURCE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _meaning(path: Path) -> str:
    return _dumped(path.read_text(encoding="utf-8"), str(path))


@functools.cache
def _dumped(text: str, name: str) -> str:
    tree = ast.parse(text, filename=name)
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
