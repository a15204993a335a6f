"""The shapes of a template's expressions, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.filters import BY_ATTRIBUTE, filtered
from smartiqa.paper.checks.lookups import (
    any_below,
    at,
    below,
    item_of,
    keys_of,
    method_of,
    title_of,
)
from smartiqa.paper.checks.scopes import Call, Macro, Names, Place
from smartiqa.paper.checks.shapes import (
    Either,
    Function,
    Items,
    Plain,
    Record,
    Row,
    Shape,
    Table,
    Text,
    Unseen,
    either,
    options_of,
)
from smartiqa.paper.latex.environment import environment

CHOSEN = "whose names each study chooses"
YES, NO, NOTHING = Plain("true"), Plain("false"), Plain("nothing")


class Expressions:
    """Finds the shapes of expressions; collects what is wrong and what cannot be seen.

    Args:
        root: names of the values and functions that every template sees.
        named: what arguments of functions can be, by the name of the parameter.
    """

    def __init__(self, root: Mapping[str, Shape], named: Mapping[str, Shape]) -> None:
        self.root = root
        self.named = named
        self.problems: dict[str, None] = {}  # in order, each once
        self.unseen: dict[str, None] = {}
        self.seen: set[tuple[Place, str]] = set()
        self.calls: list[Place] = []  # of macros, the innermost last
        self._walked: set[tuple[Path, str]] = set()  # macros that were called

    def _body(self, body: Sequence[nodes.Node], scope: Names) -> None:
        """Walk the statements of a macro that an expression calls."""
        raise NotImplementedError

    # ---------------------------------------------------------------- expressions

    def _shape(self, node: nodes.Node, scope: Names) -> Shape:
        match node:
            case nodes.TemplateData():
                return Text()
            case nodes.Const(value=value):
                if isinstance(value, str):
                    return Text(frozenset({value}))
                return NOTHING if value is None else Plain()
            case nodes.Name():
                return self._named(node, scope)
            case nodes.Getattr():
                return self._below(self._shape(node.node, scope), node.attr, node, scope)
            case nodes.Getitem():
                return self._subscript(node, scope)
            case nodes.Call():
                return self._call(node, scope)
            case nodes.Filter():
                return self._filter(node, scope)
            case nodes.Test():
                return self._test(node, scope)
            case nodes.List() | nodes.Tuple():
                return self._sequence(node, scope)
            case nodes.Dict():
                return self._literal(node, scope)
            case nodes.CondExpr():
                test = self._shape(node.test, scope)
                parts = [(node.expr1, NO), (node.expr2, YES)]
                taken = [part for part, unless in parts if part and test != unless]
                return either([self._shape(part, scope) for part in taken])
            case nodes.Compare():
                return self._comparison(node, scope)
            case nodes.And() | nodes.Or():
                return either([self._shape(node.left, scope), self._shape(node.right, scope)])
            case nodes.Add():
                return either([self._shape(node.left, scope), self._shape(node.right, scope)])
            case nodes.Concat():
                for part in node.nodes:
                    self._shape(part, scope)
                return Text()
            case nodes.Not():
                test = self._shape(node.node, scope)
                return YES if test == NO else NO if test == YES else Plain("truth")
            case nodes.BinExpr() | nodes.UnaryExpr():
                for child in node.iter_child_nodes():
                    self._shape(child, scope)
                return Plain()
        return self._hidden(node, scope, f"a {type(node).__name__} expression")

    def _named(self, node: nodes.Name, scope: Names) -> Shape:
        if node.name not in scope:
            names = [name for name in scope if not isinstance(scope[name], Function)]
            self._wrong(node, scope, unknown_name("name", node.name, names))
            return Unseen("an unknown name")
        self.seen.add((Place(scope.path, node.lineno), node.name))
        return scope[node.name]

    def _subscript(self, node: nodes.Getitem, scope: Names) -> Shape:
        above = self._shape(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            return above
        key = self._shape(node.arg, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            return at(above, node.arg.value)
        if isinstance(key, Text) and key.values is not None:
            found = [below(above, value) for value in sorted(key.values)]
            known = [shape for shape in found if shape is not None]
            if known:
                self.seen.add((Place(scope.path, node.lineno), ""))
                return either(known)
            return self._below(above, min(key.values, default=""), node, scope)
        if any(keys_of(option) for option in options_of(above)):
            self._hidden(node, scope, f"a key of {title_of(above)} that is {title_of(key)}")
        return either(any_below(above))

    def _below(self, above: Shape, key: str, node: nodes.Node, scope: Names) -> Shape:
        """What lies at a key; a problem that names the nearest key if nothing can lie there."""
        found = below(above, key)
        if found is not None:
            if isinstance(found, Unseen):
                self._hidden(node, scope, f"'{key}' of {found.why}")
            if any(isinstance(o, Table) and o.keys is None for o in options_of(above)):
                self._hidden(node, scope, f"'{key}' of a table {CHOSEN}")
            self.seen.add((Place(scope.path, node.lineno), key))
            return found
        keys = sorted({k for option in options_of(above) for k in keys_of(option)})
        where = " or ".join(title_of(option) for option in options_of(above))
        self._wrong(node, scope, f"{unknown_name('key', key, keys)} of {where}")
        return Unseen("an unknown key")

    def _sequence(self, node: nodes.List | nodes.Tuple, scope: Names) -> Shape:
        shapes = [self._shape(item, scope) for item in node.items]
        return Items(either(shapes)) if isinstance(node, nodes.List) else Row(tuple(shapes))

    def _literal(self, node: nodes.Dict, scope: Names) -> Shape:
        fields: dict[str, list[Shape]] = {}
        for pair in node.items:
            key, value = self._shape(pair.key, scope), self._shape(pair.value, scope)
            for name in key.values or () if isinstance(key, Text) else ():
                fields.setdefault(name, []).append(value)
        return Record(
            f"the mapping in line {node.lineno}", {k: either(v) for k, v in fields.items()}
        )

    def _comparison(self, node: nodes.Compare, scope: Names) -> Shape:
        left = self._shape(node.expr, scope)
        for operand in node.ops:
            right = self._shape(operand.expr, scope)
            if operand.op in ("eq", "ne"):
                self._comparable(left, right, node, scope)
        return Plain("truth")

    def _comparable(self, left: Shape, right: Shape, node: nodes.Node, scope: Names) -> None:
        """Of two texts that are compared, what the one can be must be among what the other can."""
        valid, given = (s.values if isinstance(s, Text) else None for s in (left, right))
        if valid and given and not (given <= valid or valid <= given):
            wrong = min(given - valid)
            self._wrong(node, scope, unknown_name("value", wrong, sorted(valid)))

    def _test(self, node: nodes.Test, scope: Names) -> Shape:
        if node.name not in environment(scope.path.parent).tests:
            self._wrong(node, scope, unknown_name("test", node.name, ["defined", "none"]))
        given = self._shape(node.node, scope)
        for argument in node.args:
            self._shape(argument, scope)
        if node.name == "none":
            options = given.options if isinstance(given, Either) else (given,)
            if options == (NOTHING,):
                return YES
            if not any(isinstance(option, Unseen) or option == NOTHING for option in options):
                return NO
        return Plain("truth")

    # ---------------------------------------------------------------- filters and calls

    def _filter(self, node: nodes.Filter, scope: Names) -> Shape:
        given = self._shape(node.node, scope) if node.node is not None else Text()
        arguments = [self._shape(argument, scope) for argument in node.args]
        named = {str(a.key): self._shape(a.value, scope) for a in node.kwargs}
        applied = [node.name]
        if node.name == "map" and arguments and isinstance(arguments[0], Text):
            applied += arguments[0].values or ()
        filters = environment(scope.path.parent).filters
        for name in applied:
            if name not in filters:
                self._wrong(node, scope, unknown_name("filter", name, sorted(filters)))
                return Unseen("an unknown filter")
        attribute = named.get("attribute", arguments[0] if node.name in BY_ATTRIBUTE else None)
        found = None
        if attribute is not None:
            found = self._along(item_of(given), attribute, node, scope)
            if node.name in BY_ATTRIBUTE:
                self._comparable(found, [*arguments, Text(), Text()][2], node, scope)
        return filtered(node.name, given, arguments, found)

    def _along(self, shape: Shape, path: Shape, node: nodes.Node, scope: Names) -> Shape:
        """Follow a dotted path such as "1.srcc", as filters take it."""
        for key in (min(path.values) if isinstance(path, Text) and path.values else "").split("."):
            shape = at(shape, int(key)) if key.isdigit() else self._below(shape, key, node, scope)
        return shape

    def _call(self, node: nodes.Call, scope: Names) -> Shape:
        arguments = [self._shape(argument, scope) for argument in node.args]
        named = {str(a.key): self._shape(a.value, scope) for a in node.kwargs}
        if node.dyn_args is not None:
            arguments.append(item_of(self._shape(node.dyn_args, scope)))
        if isinstance(node.node, nodes.Getattr):
            method = method_of(self._shape(node.node.node, scope), node.node.attr)
            if method is not None:
                return method
        if isinstance(node.node, nodes.Name) and node.node.name not in scope:
            known = [n for n, shape in scope.items() if isinstance(shape, Function | Macro)]
            self._wrong(node, scope, unknown_name("function", node.node.name, known))
            return Unseen("an unknown function")
        called, call = self._shape(node.node, scope), Call(arguments, named)
        match called:
            case Macro():
                return self._call_macro(called, call, node, scope)
            case Function():
                for problem in call.problems(called):
                    self._wrong(node, scope, f"{called.name}: {problem}")
                for valid, given in call.texts(called, self.named):
                    self._comparable(valid, given, node, scope)
                return called.result
            case Unseen(why=why):
                return self._hidden(node, scope, f"a call of {why}")
        self._wrong(node, scope, f"{title_of(called)} is called, but is no function")
        return Unseen("no function")

    def _call_macro(self, macro: Macro, call: Call, node: nodes.Node, scope: Names) -> Shape:
        names = [argument.name for argument in macro.node.args]
        for problem in call.unknown(names):
            self._wrong(node, scope, f"{macro.node.name}: {problem}")
        optional = names[len(names) - len(macro.node.defaults) :]
        given = call.given(names)
        for name, default in zip(optional, macro.node.defaults, strict=True):
            given.setdefault(name, self._shape(default, macro.scope))
        for name in names:
            if name not in given:
                self._wrong(node, scope, f"{macro.node.name} needs its argument {name}")
                given[name] = Unseen("a missing argument")
        rest = call.arguments[len(names) :]
        given["varargs"] = Items(either(rest)) if rest else Items(Text(frozenset()))
        self.calls.append(Place(scope.path, node.lineno))
        self._enter(macro, given)
        self.calls.pop()
        return Text()

    def _enter(self, macro: Macro, given: Mapping[str, Shape]) -> None:
        self._walked.add((macro.scope.path, macro.node.name))
        caller = Function("caller", (), {}, Text())
        self._body(macro.node.body, macro.scope.inner(**given, caller=caller))

    # ---------------------------------------------------------------- findings

    def _where(self, node: nodes.Node, scope: Names) -> str:
        called = "".join(f", called in {place}" for place in self.calls[-1:])
        return f"{Place(scope.path, node.lineno)}{called}"

    def _wrong(self, node: nodes.Node, scope: Names, problem: str) -> None:
        self.problems[f"{self._where(node, scope)}: {problem}"] = None

    def _hidden(self, node: nodes.Node, scope: Names, what: str) -> Shape:
        self.unseen[f"{self._where(node, scope)}: {what}"] = None
        return Unseen(what)
