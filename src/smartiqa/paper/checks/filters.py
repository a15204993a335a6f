"""What Jinja's filters and ours make of a value."""

from __future__ import annotations

from collections.abc import Sequence

from smartiqa.paper.checks.lookups import item_of
from smartiqa.paper.checks.shapes import Items, Plain, Shape, Text, either
from smartiqa.paper.latex.environment import FILTERS

OF_ITEMS = ("max", "min", "first", "last")  # filters that return an item of a sequence
SAME = ("list", "unique", "reject", "select", "sort", "rejectattr", "selectattr", "reverse")
OF_NUMBERS = ("length", "sum", "round", "abs", "int", "float")
BY_ATTRIBUTE = ("selectattr", "rejectattr")


def filtered(name: str, given: Shape, arguments: Sequence[Shape], found: Shape | None) -> Shape:
    """What a filter makes of a value; `found` is what the attribute that it names leads to."""
    if name in FILTERS:
        return Text()
    if name == "map":
        return Items(Text() if found is None else found)
    if name in SAME:
        return given if isinstance(given, Items) else Items(item_of(given))
    if name in OF_ITEMS:
        return item_of(given)
    if name in OF_NUMBERS:
        return Plain()
    return either([given, *arguments]) if name == "default" else Text()
