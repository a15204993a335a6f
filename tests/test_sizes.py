"""Modules and functions stay of a size that can be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src").rglob("*.py"))
RULES = sorted((ROOT / "workflow").rglob("*.smk"))
MOST_LINES = {".py": 350, ".smk": 200}
MOST_LINES_OF_A_BODY = 50  # without signature and docstring


def bodies(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1


def too_long(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    found = [f"{path.name}: {lines} lines"] if lines > MOST_LINES[path.suffix] else []
    functions = bodies(text) if path.suffix == ".py" else ()
    return found + [f"{name}: {n} lines" for name, n in functions if n > MOST_LINES_OF_A_BODY]


@pytest.mark.parametrize("path", [*MODULES, *RULES], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_read_at_once_is_short(path: Path) -> None:
    assert not too_long(path)


def test_what_is_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("def f():\n    '''Say so.\n    '''\n" + "    pass\n" * 51 + "\n" * 300)
    assert too_long(path) == ["long.py: 354 lines", "f: 51 lines"]
    path.write_text("def f():\n    '''Say so.\n    '''\n" + "    pass\n" * 50)
    assert not too_long(path)
