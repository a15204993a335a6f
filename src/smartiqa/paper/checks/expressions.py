"""The shapes of a template's expressions, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.lookups import (
    absent,
    any_below,
    at,
    below,
    item_of,
    keys_of,
    no_key,
    texts_in,
    title_of,
)
from smartiqa.paper.checks.scopes import Names, Place
from smartiqa.paper.checks.shapes import (
    Absent,
    Items,
    Plain,
    Record,
    Row,
    Shape,
    Table,
    Text,
    Unseen,
    all_options,
    either,
    options_of,
)

CHOSEN = "whose names each study chooses"
NOTHING = Plain("nothing")
ASKING = ("defined", "undefined")  # tests of what may be absent
# Tests of whether there is a value, and for which of its shapes they hold.
PRESENCE: dict[str, Callable[[Shape], bool]] = {
    "defined": lambda option: not isinstance(option, Absent),
    "undefined": lambda option: isinstance(option, Absent),
    "none": lambda option: option == NOTHING,
}


class Expressions:
    """Finds the shapes of expressions; collects what is wrong and what cannot be seen.

    Args:
        root: names of the values and functions that every template sees.
    """

    def __init__(self, root: Mapping[str, Shape]) -> None:
        self.root = root
        self.problems: dict[str, None] = {}  # in order, each once
        self.unseen: dict[str, None] = {}
        self.seen: set[tuple[Place, str]] = set()
        self.calls: list[Place] = []  # of macros, the innermost last

    def _called(self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Names) -> Shape:
        """What a call, a filter or a test makes of what it is given."""
        raise NotImplementedError

    # ---------------------------------------------------------------- expressions

    def _value(self, node: nodes.Node, scope: Names) -> Shape:
        """The shape of what is used, so that it has to be there."""
        return self._present(self._shape(node, scope), node, scope)

    def _present(self, shape: Shape, node: nodes.Node, scope: Names) -> Shape:
        options = all_options(shape)
        lacking = [option for option in options if isinstance(option, Absent)]
        for option in lacking:
            self._wrong(node.lineno, scope, option.problem)
        if not lacking:
            return shape
        there = [option for option in options if not isinstance(option, Absent)]
        return either(there) if there else Unseen("what is absent")

    def _shape(self, node: nodes.Node, scope: Names) -> Shape:
        """The shape of an expression, of which some options may be absent."""
        match node:
            case nodes.TemplateData(data=data):
                return Text(frozenset({str(data)}))
            case nodes.Const(value=value):
                if isinstance(value, str):  # "" stands for nothing, not for a name
                    return Text(frozenset({value}), frozenset({value} - {""}))
                return NOTHING if value is None else Plain()
            case nodes.Name():
                return self._named(node, scope)
            case nodes.Getattr() | nodes.Getitem() if (known := scope.get(repr(node))) is not None:
                return known
            case nodes.Getattr():
                return self._below(self._value(node.node, scope), node.attr, node, scope)
            case nodes.Getitem():
                return self._subscript(node, scope)
            case nodes.Call() | nodes.Filter() | nodes.Test():
                return self._called(node, scope)
            case nodes.List() | nodes.Tuple():
                shapes = [self._value(item, scope) for item in node.items]
                return Items(either(shapes)) if isinstance(node, nodes.List) else Row(tuple(shapes))
            case nodes.Dict():
                return self._mapping(node, scope)
            case nodes.CondExpr():
                return self._choice(node, scope)
            case nodes.Compare():
                return self._comparison(node, scope)
            case nodes.And() | nodes.Or():
                left = self._value(node.left, scope)
                more = self._narrowed(node.left, scope, isinstance(node, nodes.And))
                rest = [] if more is None else [self._value(node.right, scope.inner(more))]
                return either([left, *rest])
            case nodes.Add():
                return either([self._value(node.left, scope), self._value(node.right, scope)])
            case nodes.Concat() | nodes.BinExpr() | nodes.UnaryExpr():
                for child in node.iter_child_nodes():
                    self._value(child, scope)
                return Text() if isinstance(node, nodes.Concat) else Plain()
        return self._hidden(node.lineno, scope, f"a {type(node).__name__} expression")

    def _named(self, node: nodes.Name, scope: Names) -> Shape:
        if node.name not in scope:
            self._wrong(node.lineno, scope, unknown_name("name", node.name, scope.plain()))
            return Unseen("an unknown name")
        self.seen.add((Place(scope.path, node.lineno), node.name))
        return scope[node.name]

    def _subscript(self, node: nodes.Getitem, scope: Names) -> Shape:
        above = self._value(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            return above
        key = either(options_of(self._value(node.arg, scope)))
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            return at(above, node.arg.value)
        if not isinstance(key, Text) or key.values is None:
            if any(keys_of(option) for option in options_of(above)):
                what = f"a key of {title_of(above)} that is {title_of(key)}"
                self._hidden(node.lineno, scope, what)
            return either(any_below(above))
        values = sorted(key.values - {""}) or sorted(key.values)  # "" stands for nothing
        possible = [value for value in values if below(above, value) is not None]
        wrong = [value for value in values if value not in possible]
        # What a template spells out has to be there; what comes from elsewhere may be guarded.
        told = [value for value in wrong if value in key.written or not possible]
        found = [self._below(above, value, node, scope) for value in [*possible, *told]]
        return either([*found, *(absent(above, value) for value in wrong if value not in told)])

    def _below(self, above: Shape, key: str, node: nodes.Node, scope: Names) -> Shape:
        """What lies at a key; a problem that names the nearest key if nothing can lie there."""
        found = below(above, key)
        if found is None:
            self._wrong(node.lineno, scope, no_key(above, key))
            return Unseen("an unknown key")
        if isinstance(found, Unseen):
            self._hidden(node.lineno, scope, f"'{key}' of {found.why}")
        if any(isinstance(o, Table) and o.keys is None for o in options_of(above)):
            self._hidden(node.lineno, scope, f"'{key}' of a table {CHOSEN}")
        self.seen.add((Place(scope.path, node.lineno), key))
        return found

    def _mapping(self, node: nodes.Dict, scope: Names) -> Shape:
        fields: dict[str, list[Shape]] = {}
        for pair in node.items:
            key, value = self._value(pair.key, scope), self._value(pair.value, scope)
            for name in key.values or () if isinstance(key, Text) else ():
                fields.setdefault(name, []).append(value)
        shapes = {name: either(found) for name, found in fields.items()}
        name = f"the mapping in line {node.lineno}"
        return Record(name, shapes, written=frozenset(fields))

    def _choice(self, node: nodes.CondExpr, scope: Names) -> Shape:
        self._value(node.test, scope)
        parts = [(node.expr1, True), (node.expr2, False)]
        return either(
            self._shape(part, scope.inner(known))
            for part, holds in parts
            if part is not None and (known := self._narrowed(node.test, scope, holds)) is not None
        )

    def _comparison(self, node: nodes.Compare, scope: Names) -> Shape:
        left = self._value(node.expr, scope)
        for operand in node.ops:
            right = self._value(operand.expr, scope)
            part = operand.op in ("in", "notin") and isinstance(either(options_of(right)), Text)
            if operand.op in ("eq", "ne", "in", "notin") and not part:
                self._comparable(left, right, node, scope)
        return Plain("truth")

    def _comparable(self, left: Shape, right: Shape, node: nodes.Node, scope: Names) -> None:
        """A text that a template spells out is among those that the other side can be."""
        sides = texts_in(right), texts_in(left)
        for given, other in (sides, sides[::-1]):
            if not given.values or not other.values:
                return
            wrong = given.written - other.values
            if wrong and (other.written < other.values or not given.values & other.values):
                problem = unknown_name("value", min(wrong), sorted(other.values))
                self._wrong(node.lineno, scope, problem)
                return

    def _narrowed(self, test: nodes.Node, scope: Names, holds: bool) -> dict[str, Shape] | None:
        """What is known of names and lookups where a test holds, or where it does not.

        None if it never does: in a macro, what is not given may decide.
        """
        match test:
            case nodes.Not():
                return self._narrowed(test.node, scope, not holds)
            case nodes.And() | nodes.Or() if isinstance(test, nodes.And) == holds:
                left = self._narrowed(test.left, scope, holds)
                if left is None:
                    return None
                right = self._narrowed(test.right, scope.inner(left), holds)
                return None if right is None else left | right
            case nodes.Test(node=asked, name=name) if name in PRESENCE:
                options = all_options(self._shape(asked, scope))
                fitting = [o for o in options if PRESENCE[name](o) == holds]
                lookup = asked.name if isinstance(asked, nodes.Name) else repr(asked)
                if fitting:
                    return {lookup: either(fitting)}
                hidden = any(isinstance(option, Unseen) for option in options)
                return None if name == "none" and not hidden else {}
            case nodes.Compare(expr=nodes.Name(name=name), ops=[operand]) if operand.op == "in":
                given, valid = scope.get(name), item_of(self._shape(operand.expr, scope))
                if not holds or not isinstance(given, Text) or not isinstance(valid, Text):
                    return {}
                if given.values is not None and valid.values is not None:
                    return {name: Text(given.values & valid.values, given.written & valid.values)}
        return {}

    # ---------------------------------------------------------------- findings

    def _where(self, line: int, scope: Names) -> str:
        called = "".join(f", called in {place}" for place in self.calls[-1:])
        return f"{Place(scope.path, line)}{called}"

    def _wrong(self, line: int, scope: Names, problem: str) -> None:
        self.problems[f"{self._where(line, scope)}: {problem}"] = None

    def _hidden(self, line: int, scope: Names, what: str) -> Shape:
        self.unseen[f"{self._where(line, scope)}: {what}"] = None
        return Unseen(what)
