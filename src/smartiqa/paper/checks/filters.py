"""What Jinja's filters and tests take, and what filters make of a value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from smartiqa.paper.checks.lookups import item_of, method_of
from smartiqa.paper.checks.shapes import Function, Items, Plain, Row, Shape, Text, either
from smartiqa.paper.checks.typed import Types, signature_of

# Filters that judge the items of a sequence by a test, or one attribute of each.
BY_TEST, BY_TEST_OF_ATTRIBUTE = ("select", "reject"), ("selectattr", "rejectattr")
ALIKE = ("==", "eq", "equalto", "!=", "ne", "sameas", "in")  # tests that compare texts
SAME = ("list", "unique", "sort", "reverse", *BY_TEST, *BY_TEST_OF_ATTRIBUTE)
OF_ITEMS = ("max", "min", "first", "last", "random")
OF_NUMBERS = ("length", "count", "sum", "round", "abs", "int", "float")
DEFAULTS = ("default", "d")
NO_TEXT = Text(frozenset({""}))
# By attribute; the other form of `map`, by the name of a filter, is that filter on each item.
MAP = inspect.Signature(
    [
        inspect.Parameter("attribute", inspect.Parameter.KEYWORD_ONLY),
        inspect.Parameter("default", inspect.Parameter.KEYWORD_ONLY, default=None),
    ]
)


def filters_of(
    known: Mapping[str, Any], own: Mapping[str, Callable[..., Any]], types: Types
) -> dict[str, Function]:
    """Return what each filter takes after its value: Jinja's, and our own, which are typed."""
    found = {
        name: Function(name, signature_of(function, 1 + hasattr(function, "jinja_pass_arg")))
        for name, function in known.items()
    }
    found |= {name: types.function(name, function, 1) for name, function in own.items()}
    return found | {"map": Function("map", MAP)}


def tests_of(known: Mapping[str, Any]) -> dict[str, Function]:
    """Return what each test takes after its value."""
    return {
        name: Function(name, signature_of(test, 1 + hasattr(test, "jinja_pass_arg")))
        for name, test in known.items()
    }


def filtered(name: str, given: Shape, arguments: Mapping[str, Any], attribute: Shape) -> Shape:
    """What a filter makes of a value; `attribute` is that of an item, if the filter names one."""
    items = given if isinstance(given, Items) else Items(item_of(given))
    if name == "map":
        return Items(attribute)
    if name in SAME:
        return items
    if name in OF_ITEMS:
        return items.of
    if name in OF_NUMBERS:
        return Plain()
    if name == "groupby":
        return Items(Row((attribute, items), ("grouper", "list")))
    if name in ("items", "dictsort"):
        method = method_of(given, "items")
        return items if method is None else method.result
    if name in ("batch", "slice"):
        return Items(items)
    if name in DEFAULTS:
        return either([given, arguments.get("default_value", NO_TEXT)])
    return Text()
