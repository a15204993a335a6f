"""Which code a stage depends on, found by static analysis.

Snakemake does not notice an edit of a module that a command imports. So cheap rules take the files
of a stage's *code closure* as input, and expensive ones take a *code digest* as a parameter: it is
made from syntax trees without docstrings, so that comments, docstrings and formatting do not
retrain anything.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

import grimp

PACKAGE = "smartiqa"
SOURCE = Path(__file__).parent


@functools.cache
def _import_graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


def code_closure(modules: Iterable[str]) -> list[Path]:
    """List the source files of `modules` and of every first-party module that they import.

    Args:
        modules: dotted names within the package, such as `smartiqa.train`.

    Raises:
        KeyError: there is no such module.
    """
    graph = _import_graph()
    closure: set[str] = set()
    for module in modules:
        if module not in graph.modules:
            raise KeyError(f"no module {module} in {PACKAGE}")
        closure |= {module, *graph.find_upstream_modules(module)}
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
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
