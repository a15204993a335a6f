"""Ties keep their order: NumPy breaks them by the instructions that a processor has."""

from __future__ import annotations

import ast

import pytest
from workspace import REPOSITORY

SOURCES = sorted((REPOSITORY / "src").rglob("*.py"))


def orders_of_ties(source: str) -> list[int]:
    """The lines of calls that return an order, and do not say that it is a stable one."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if _sorts_one_key(call) and not _is_stable(call)]


def _sorts_one_key(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    several = bool(call.args) and isinstance(call.args[0], ast.List)
    return name in ("argsort", "argpartition") or (name == "sort_values" and not several)


def _is_stable(call: ast.Call) -> bool:
    kinds = [word.value for word in call.keywords if word.arg == "kind"]
    return any(isinstance(kind, ast.Constant) and kind.value == "stable" for kind in kinds)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("np.argsort(x)", [1]),
        ("x.argsort()", [1]),
        ("frame.sort_values('score')", [1]),
        ("x\nframe.sort_values(ascending=False, kind='quicksort')", [2]),
        ("np.argsort(x, kind='stable')", []),
        ("frame.sort_values(['score', 'id'])", []),
        ("sorted(x)", []),
    ],
)
def test_what_is_found(source: str, lines: list[int]) -> None:
    assert orders_of_ties(source) == lines


def test_every_order_is_a_stable_one() -> None:
    found = {str(path): orders_of_ties(path.read_text()) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}
