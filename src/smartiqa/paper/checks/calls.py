"""What calls, filters and tests take, and what they make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.expressions import ASKING, Expressions
from smartiqa.paper.checks.filters import ALIKE, BY_TEST, BY_TEST_OF_ATTRIBUTE, DEFAULTS, filtered
from smartiqa.paper.checks.lookups import at, item_of, method_of, texts_in, title_of
from smartiqa.paper.checks.scopes import Call, Macro, Names, Place
from smartiqa.paper.checks.shapes import (
    Absent,
    Function,
    Items,
    Plain,
    Shape,
    Text,
    Unseen,
    all_options,
    either,
)


class Calls(Expressions):
    """Follows calls.

    Args:
        root: names of the values and functions that every template sees.
        filters: what can stand behind a bar.
        tests: what can stand behind `is`.
    """

    def __init__(
        self,
        root: Mapping[str, Shape],
        filters: Mapping[str, Function],
        tests: Mapping[str, Function],
    ) -> None:
        super().__init__(root)
        self.filters, self.tests = filters, tests
        self._walked: set[tuple[Path, str]] = set()  # macros that were called

    def _body(self, body: Sequence[nodes.Node], scope: Names) -> None:
        """Walk the statements of a macro that is called."""
        raise NotImplementedError

    def _called(self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Names) -> Shape:
        if isinstance(node, nodes.Call):
            return self._call(node, scope)
        return (
            self._filter(node, scope) if isinstance(node, nodes.Filter) else self._test(node, scope)
        )

    def _test(self, node: nodes.Test, scope: Names) -> Shape:
        given = self._shape(node.node, scope)
        if node.name not in ASKING:
            given = self._present(given, node, scope)
        self._tested(node.name, given, self._arguments(node, scope), node, scope)
        return Plain("truth")

    def _tested(self, name: str, given: Shape, call: Call, node: nodes.Node, scope: Names) -> None:
        if name not in self.tests:
            self._wrong(node.lineno, scope, unknown_name("test", name, sorted(self.tests)))
        elif self._filled(self.tests[name], call, node, scope) is not None and name in ALIKE:
            self._comparable(given, call.placed[0], node, scope)

    def _arguments(self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Names) -> Call:
        placed = [self._shape(argument, scope) for argument in node.args]
        if node.dyn_args is not None:
            placed.append(item_of(self._value(node.dyn_args, scope)))
        return Call(placed, {str(a.key): self._shape(a.value, scope) for a in node.kwargs})

    def _filled(
        self, called: Function | Macro, call: Call, node: nodes.Node, scope: Names
    ) -> dict[str, Any] | None:
        """The arguments by the names of parameters; None, and a problem, if they do not fit."""
        try:
            return call.fill(called.signature)
        except TypeError as error:
            self._wrong(node.lineno, scope, f"{called.name}: {error}")
            return None

    def _filter(self, node: nodes.Filter, scope: Names) -> Shape:
        given: Shape = Text() if node.node is None else self._shape(node.node, scope)
        if node.name in DEFAULTS:
            given = either(o for o in all_options(given) if not isinstance(o, Absent))
        given = self._present(given, node, scope)
        return self._filtered(node.name, given, self._arguments(node, scope), node, scope)

    def _filtered(
        self, name: str, given: Shape, call: Call, node: nodes.Node, scope: Names
    ) -> Shape:
        """What a filter makes of a value."""
        if name not in self.filters:
            self._wrong(node.lineno, scope, unknown_name("filter", name, sorted(self.filters)))
            return Unseen("an unknown filter")
        if name in BY_TEST or name in BY_TEST_OF_ATTRIBUTE:
            self._judged(item_of(given), name, call, node, scope)
            return filtered(name, given, {}, Text())
        if name == "map" and call.placed:
            inner, items = Call(call.placed[1:], call.named), item_of(given)
            names = self._spelt(call.placed[0], "a filter", node, scope)
            return Items(either(self._filtered(n, items, inner, node, scope) for n in names))
        arguments = self._checked(self.filters[name], call, node, scope)
        attribute = arguments.get("name" if name == "attr" else "attribute")
        found = given if name == "attr" else item_of(given)
        if isinstance(attribute, Text):
            found = self._present(self._along(found, attribute, node, scope), node, scope)
        return found if name == "attr" else filtered(name, given, arguments, found)

    def _judged(self, item: Shape, name: str, call: Call, node: nodes.Node, scope: Names) -> None:
        """Check a filter that takes a test, behind the attribute that it is about if any."""
        placed = list(call.placed)
        if name in BY_TEST_OF_ATTRIBUTE:
            if not placed:
                return self._wrong(node.lineno, scope, f"{name}: name an attribute")
            item = self._along(item, placed.pop(0), node, scope)
        tests = self._spelt(placed[0], "a test", node, scope) if placed else ()
        if not set(tests) & set(ASKING):
            item = self._present(item, node, scope)
        for test in tests:
            self._tested(test, item, Call(placed[1:], call.named), node, scope)
        return None

    def _spelt(self, shape: Shape, what: str, node: nodes.Node, scope: Names) -> Sequence[str]:
        """The names that an argument can be."""
        if isinstance(shape, Text) and shape.values is not None:
            return sorted(shape.values)
        self._hidden(node.lineno, scope, f"the name of {what}")
        return ()

    def _along(self, shape: Shape, path: Shape, node: nodes.Node, scope: Names) -> Shape:
        """Follow dotted paths such as "1.srcc", as filters take them."""
        found = []
        for names in self._spelt(path, "an attribute", node, scope):
            for steps in names.split(","):
                end = shape
                for key in steps.split("."):
                    above = self._present(end, node, scope)
                    digits = key.isdigit()
                    end = at(above, int(key)) if digits else self._below(above, key, node, scope)
                found.append(end)
        return either(found) if found else Unseen("an attribute")

    def _call(self, node: nodes.Call, scope: Names, block: Macro | None = None) -> Shape:
        """What a call returns; `block` is what a call block hands to its macro."""
        call = self._arguments(node, scope)
        if block is not None:
            call = Call(call.placed, {**call.named, "caller": block})
        if isinstance(node.node, nodes.Name) and node.node.name not in scope:
            known = [n for n, shape in scope.items() if isinstance(shape, Function | Macro)]
            self._wrong(node.lineno, scope, unknown_name("function", node.node.name, known))
            return Unseen("an unknown function")
        called: Shape | None = None
        if isinstance(node.node, nodes.Getattr):
            called = method_of(self._value(node.node.node, scope), node.node.attr)
        match called := called or self._value(node.node, scope):
            case Macro():
                return self._call_macro(called, call, node, scope)
            case Function():
                self._checked(called, call, node, scope)
                return called.result
            case Unseen(why=why):
                return self._hidden(node.lineno, scope, f"a call of {why}")
        self._wrong(node.lineno, scope, f"{title_of(called)} is called, but is no function")
        return Unseen("no function")

    def _checked(
        self, called: Function, call: Call, node: nodes.Node, scope: Names
    ) -> dict[str, Any]:
        """The arguments of a function or a filter, all there and each among what it can be."""
        arguments = self._filled(called, call, node, scope) or {}
        for name, shape in arguments.items():
            several = isinstance(shape, tuple)
            for given in shape if several else (shape,):
                there = texts_in(self._present(given, node, scope)).values or frozenset()
                valid = called.texts.get(name, Text()).values
                if valid is not None and (wrong := there - valid - {""}):
                    problem = unknown_name("value", min(wrong), sorted(valid))
                    self._wrong(node.lineno, scope, problem)
        return arguments

    def _call_macro(self, macro: Macro, call: Call, node: nodes.Node, scope: Names) -> Shape:
        given = self._filled(macro, call, node, scope)
        if given is None:
            return Text()
        optional = macro.node.args[len(macro.node.args) - len(macro.node.defaults) :]
        for argument, default in zip(optional, macro.node.defaults, strict=True):
            given.setdefault(argument.name, self._shape(default, macro.scope))
        if "varargs" in macro.signature.parameters:
            rest = given.get("varargs", ())
            given["varargs"] = Items(either(rest) if rest else Text(frozenset()))
        self.calls.append(Place(scope.path, node.lineno))
        self._enter(macro, given)
        self.calls.pop()
        return Text()

    def _enter(self, macro: Macro, given: Mapping[str, Shape]) -> None:
        self._walked.add((macro.scope.path, macro.name))
        self._body(macro.node.body, macro.scope.inner(given))
