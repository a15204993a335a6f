"""Check that templates ask only for values, keys, functions and filters that exist.

Every template is walked as Jinja parses it, with shapes (`shapes`) in place of values; macros are
walked for each call, with the shapes of its arguments. So a misspelt key is found without a build,
wherever it stands: in a path, behind a loop's variable, in a macro, in the argument of a filter.
What the walk cannot see is counted and listed, never passed over.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_origin

from jinja2 import TemplateSyntaxError, nodes

from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name
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
    shape_of_type,
)
from smartiqa.paper.latex.environment import FILTERS, environment

LOOP: dict[str, Shape] = {
    **dict.fromkeys(("index", "index0", "revindex", "length", "depth"), Plain()),
    **dict.fromkeys(("first", "last"), Plain("truth")),
}
YES, NO, NOTHING = Plain("true"), Plain("false"), Plain("nothing")
OF_ITEMS = ("max", "min", "first", "last")  # filters that return an item of a sequence
SAME = ("list", "unique", "reject", "select", "sort", "rejectattr", "selectattr", "reverse")
OF_NUMBERS = ("length", "sum", "round", "abs", "int", "float")
BY_ATTRIBUTE = ("selectattr", "rejectattr")


@dataclass(frozen=True)
class Macro(Shape):
    """A macro with the scope that it was defined in."""

    node: nodes.Macro = field(hash=False)
    scope: Scope = field(hash=False)


@dataclass(frozen=True)
class Place:
    """A line of a template."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"


class Scope(dict[str, Shape]):
    """The names that a part of a template sees."""

    def __init__(self, path: Path, names: Mapping[str, Shape]) -> None:
        super().__init__(names)
        self.path = path

    def inner(self, **names: Shape) -> Scope:
        """A copy in which some names mean something else."""
        return Scope(self.path, {**self, **names})


class Walk:
    """Walks templates and collects what is wrong and what it cannot see.

    Args:
        root: names of the values and functions that every template sees.
    """

    def __init__(self, root: Mapping[str, Shape]) -> None:
        self.root = root
        self.problems: dict[str, None] = {}  # in order, each once
        self.unseen: dict[str, None] = {}
        self.seen: set[tuple[Place, str]] = set()
        self.calls: list[Place] = []  # of macros, the innermost last
        self._walked: set[tuple[Path, str]] = set()  # macros that were called

    def template(self, path: Path) -> None:
        """Check one template; the macros that it imports as far as it calls them.

        Raises:
            InputError: it is not a template.
        """
        self._body(_parsed(path).body, Scope(path, self.root))

    def macros(self, path: Path) -> None:
        """Check the macros of a file that no template called, with nothing known of arguments."""
        scope = Scope(path, self.root)
        self._body(_parsed(path).body, scope)
        for name, macro in scope.items():
            if isinstance(macro, Macro) and (path, name) not in self._walked:
                hidden = {a.name: Unseen(f"argument of {name}") for a in macro.node.args}
                self._enter(macro, hidden)

    # ---------------------------------------------------------------- statements

    def _body(self, body: Sequence[nodes.Node], scope: Scope) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Scope) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    self._shape(part, scope)
            case nodes.Assign():
                self._assign(node.target, self._shape(node.node, scope), scope)
            case nodes.For():
                self._loop(node, scope)
            case nodes.If():
                self._branches(node, scope)
            case nodes.Macro():
                scope[node.name] = Macro(node, scope)
            case nodes.CallBlock():
                self._body(node.body, scope.inner())
                self._shape(node.call, scope)
            case nodes.Import():
                scope[node.target] = self._module(node, scope)
            case nodes.FromImport():
                module = self._module(node, scope)
                for name in node.names:
                    own, alias = (name, name) if isinstance(name, str) else name
                    scope[alias] = self._below(module, own, node, scope)
            case _:
                self._hidden(node, scope, f"a {type(node).__name__} statement")

    def _branches(self, node: nodes.If, scope: Scope) -> None:
        """Walk the branches that can be taken: in a macro, what is not given may decide."""
        for branch in (node, *node.elif_):
            test = self._shape(branch.test, scope)
            if test != NO:
                self._body(branch.body, scope)
            if test == YES:
                return
        self._body(node.else_, scope)

    def _loop(self, node: nodes.For, scope: Scope) -> None:
        item = self._item(self._shape(node.iter, scope))
        around = {"previtem": item, "nextitem": item}
        inner = scope.inner(loop=Record("loop", {**LOOP, **around}))
        self._assign(node.target, item, inner)
        if node.test is not None:
            self._shape(node.test, inner)
        self._body(node.body, inner)
        self._body(node.else_, scope.inner())

    def _assign(self, target: nodes.Node, shape: Shape, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = shape
        elif isinstance(target, nodes.Tuple):
            for place, part in enumerate(target.items):
                self._assign(part, _at(shape, place), scope)

    def _module(self, node: nodes.Import | nodes.FromImport, scope: Scope) -> Record:
        name = node.template.value if isinstance(node.template, nodes.Const) else ""
        folders = (scope.path.parent, scope.path.parent.parent)
        path = next((f / name for f in folders if name and (f / name).is_file()), None)
        if path is None:
            self._wrong(node, scope, f"imports {name or 'a computed name'}, which does not exist")
            return Record("nothing", {})
        inner = Scope(path, scope if node.with_context else self.root)
        before = dict(inner)
        self._body(_parsed(path).body, inner)
        new = {k: v for k, v in inner.items() if before.get(k) is not v}
        return Record(str(path), new)

    # ---------------------------------------------------------------- expressions

    def _shape(self, node: nodes.Node, scope: Scope) -> Shape:
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
                for part in node.iter_child_nodes():
                    self._shape(part, scope)
                return Plain()
        return self._hidden(node, scope, f"a {type(node).__name__} expression")

    def _named(self, node: nodes.Name, scope: Scope) -> Shape:
        if node.name not in scope:
            names = [name for name in scope if not isinstance(scope[name], Function)]
            self._wrong(node, scope, unknown_name("name", node.name, names))
            return Unseen("an unknown name")
        self.seen.add((Place(scope.path, node.lineno), node.name))
        return scope[node.name]

    def _subscript(self, node: nodes.Getitem, scope: Scope) -> Shape:
        above = self._shape(node.node, scope)
        if isinstance(node.arg, nodes.Slice):
            return above
        key = self._shape(node.arg, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
            return _at(above, node.arg.value)
        if isinstance(key, Text) and key.values is not None:
            found = [_below(above, value) for value in sorted(key.values)]
            known = [shape for shape in found if shape is not None]
            if known:
                self.seen.add((Place(scope.path, node.lineno), ""))
                return either(known)
            return self._below(above, min(key.values, default=""), node, scope)
        if isinstance(key, Unseen) and not isinstance(above, Items | Row):
            self._hidden(node, scope, f"a key that is {key.why}")
        return either(self._any_below(above))

    def _any_below(self, above: Shape) -> Iterator[Shape]:
        for option in options_of(above):
            match option:
                case Record():
                    yield from option.fields.values()
                case Table(of=of) | Items(of=of):
                    yield of
                case Row(places=places):
                    yield from places
                case _:
                    yield Unseen("below a plain value")

    def _below(self, above: Shape, key: str, node: nodes.Node, scope: Scope) -> Shape:
        """What lies at a key; a problem that names the nearest key if nothing can lie there."""
        found = _below(above, key)
        if found is not None:
            if isinstance(found, Unseen):
                self._hidden(node, scope, f".{key} of {found.why}")
            self.seen.add((Place(scope.path, node.lineno), key))
            return found
        keys = sorted({k for option in options_of(above) for k in _keys(option)})
        where = " or ".join(_title(option) for option in options_of(above))
        self._wrong(node, scope, f"{unknown_name('key', key, keys)} of {where}")
        return Unseen("an unknown key")

    def _sequence(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Shape:
        shapes = [self._shape(item, scope) for item in node.items]
        return Items(either(shapes)) if isinstance(node, nodes.List) else Row(tuple(shapes))

    def _literal(self, node: nodes.Dict, scope: Scope) -> Shape:
        fields: dict[str, list[Shape]] = {}
        for pair in node.items:
            key, value = self._shape(pair.key, scope), self._shape(pair.value, scope)
            for name in key.values or () if isinstance(key, Text) else ():
                fields.setdefault(name, []).append(value)
        return Record(
            f"the mapping in line {node.lineno}", {k: either(v) for k, v in fields.items()}
        )

    def _comparison(self, node: nodes.Compare, scope: Scope) -> Shape:
        left = self._shape(node.expr, scope)
        for operand in node.ops:
            right = self._shape(operand.expr, scope)
            if operand.op in ("eq", "ne"):
                self._comparable(left, right, node, scope)
        return Plain("truth")

    def _comparable(self, left: Shape, right: Shape, node: nodes.Node, scope: Scope) -> None:
        """Two texts of which is known what they can be must have one in common."""
        valid, given = (
            shape.values if isinstance(shape, Text) else None for shape in (left, right)
        )
        if valid and given and not valid & given:
            self._wrong(node, scope, unknown_name("value", min(given), sorted(valid)))

    def _test(self, node: nodes.Test, scope: Scope) -> Shape:
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

    def _filter(self, node: nodes.Filter, scope: Scope) -> Shape:
        given = self._shape(node.node, scope) if node.node is not None else Text()
        arguments = [self._shape(argument, scope) for argument in node.args]
        named = {a.key: self._shape(a.value, scope) for a in node.kwargs}
        filters = environment(scope.path.parent).filters
        if node.name not in filters:
            self._wrong(node, scope, unknown_name("filter", node.name, sorted(filters)))
            return Unseen("an unknown filter")
        if node.name in FILTERS:
            return Text()
        attribute = named.get("attribute")
        if node.name in BY_ATTRIBUTE:
            attribute = arguments[0]
        found = self._along(self._item(given), attribute, node, scope) if attribute else None
        match node.name:
            case "map" if found is not None:
                return Items(found)
            case "map":
                name = min(arguments[0].values or {""}) if isinstance(arguments[0], Text) else ""
                if name not in filters:
                    self._wrong(node, scope, unknown_name("filter", name, sorted(filters)))
                return Items(Text())
            case name if name in SAME:
                return given if isinstance(given, Items) else Items(self._item(given))
            case name if name in OF_ITEMS:
                return self._item(given)
            case name if name in OF_NUMBERS:
                return Plain()
            case "default":
                return either([given, *arguments])
        return Text()

    def _along(self, shape: Shape, path: Shape, node: nodes.Node, scope: Scope) -> Shape:
        """Follow a dotted path such as "1.srcc", as filters take it."""
        for key in (min(path.values) if isinstance(path, Text) and path.values else "").split("."):
            shape = _at(shape, int(key)) if key.isdigit() else self._below(shape, key, node, scope)
        return shape

    def _item(self, shape: Shape) -> Shape:
        """What a loop over a value gives."""

        def of(option: Shape) -> Shape:
            match option:
                case Items(of=item):
                    return item
                case Row(places=places):
                    return either(places)
                case Record(fields=fields):
                    return Text(frozenset(fields))
                case Table(keys=keys):
                    return Text(keys)
            return Unseen(f"an item of {_title(option)}")

        return either(map(of, options_of(shape)))

    def _call(self, node: nodes.Call, scope: Scope) -> Shape:
        arguments = [self._shape(argument, scope) for argument in node.args]
        named = {argument.key: self._shape(argument.value, scope) for argument in node.kwargs}
        if isinstance(node.node, nodes.Getattr):
            above = self._shape(node.node.node, scope)
            method = _method(above, node.node.attr, arguments)
            if method is not None:
                return method
            called = self._below(above, node.node.attr, node, scope)
        elif isinstance(node.node, nodes.Name) and node.node.name not in scope:
            known = [n for n, shape in scope.items() if isinstance(shape, Function | Macro)]
            self._wrong(node, scope, unknown_name("function", node.node.name, known))
            return Unseen("an unknown function")
        else:
            called = self._shape(node.node, scope)
        if isinstance(called, Macro):
            return self._call_macro(called, arguments, named, node, scope)
        if isinstance(called, Function):
            return self._call_function(called, arguments, named, node, scope)
        return self._hidden(node, scope, f"a call of {_title(called)}")

    def _call_macro(
        self,
        macro: Macro,
        arguments: Sequence[Shape],
        named: Mapping[str, Shape],
        node: nodes.Node,
        scope: Scope,
    ) -> Shape:
        names = [argument.name for argument in macro.node.args]
        for name in named:
            if name not in names:
                self._wrong(node, scope, unknown_name("argument", name, names))
        optional = names[len(names) - len(macro.node.defaults) :]
        defaults: dict[str, nodes.Node] = dict(zip(optional, macro.node.defaults, strict=True))
        given = dict(zip(names, arguments, strict=False)) | dict(named)
        for name in names:
            if name not in given and name not in defaults:
                self._wrong(node, scope, f"{macro.node.name} needs its argument {name}")
                given[name] = Unseen("a missing argument")
            elif name not in given:
                given[name] = self._shape(defaults[name], macro.scope)
        rest = arguments[len(names) :]
        given["varargs"] = Items(either(rest)) if rest else Items(Text(frozenset()))
        self.calls.append(Place(scope.path, node.lineno))
        self._enter(macro, given)
        self.calls.pop()
        return Text()

    def _enter(self, macro: Macro, given: Mapping[str, Shape]) -> None:
        self._walked.add((macro.scope.path, macro.node.name))
        caller = Function("caller", (), {}, Text())
        self._body(macro.node.body, macro.scope.inner(**given, caller=caller))

    def _call_function(
        self,
        function: Function,
        arguments: Sequence[Shape],
        named: Mapping[str, Shape],
        node: nodes.Node,
        scope: Scope,
    ) -> Shape:
        parameters = list(function.parameters)
        several = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
        names = [parameter.name for parameter in parameters]
        if len(arguments) > len(names) and not several:
            self._wrong(node, scope, f"{function.name} takes {len(names)} arguments")
        given = dict(zip(names, arguments, strict=False)) | dict(named)
        for name in named:
            if name not in names:
                self._wrong(node, scope, unknown_name("argument", name, names))
        for parameter in parameters:
            needed = parameter.default is inspect.Parameter.empty and parameter.kind not in (
                inspect.Parameter.VAR_POSITIONAL,
                inspect.Parameter.VAR_KEYWORD,
            )
            if needed and parameter.name not in given:
                self._wrong(node, scope, f"{function.name} needs its argument {parameter.name}")
        for name, shape in given.items():
            kind = function.kinds.get(name)
            if get_origin(kind) is Literal:
                self._comparable(shape_of_type(kind), shape, node, scope)
        return function.result

    # ---------------------------------------------------------------- findings

    def _where(self, node: nodes.Node, scope: Scope) -> str:
        called = "".join(f", called in {place}" for place in self.calls[-1:])
        return f"{Place(scope.path, node.lineno)}{called}"

    def _wrong(self, node: nodes.Node, scope: Scope, problem: str) -> None:
        self.problems[f"{self._where(node, scope)}: {problem}"] = None

    def _hidden(self, node: nodes.Node, scope: Scope, what: str) -> Shape:
        self.unseen[f"{self._where(node, scope)}: {what}"] = None
        return Unseen(what)


def _below(above: Shape, key: str) -> Shape | None:
    """What lies at a key of a shape; None if nothing can."""
    found = []
    for option in options_of(above):
        match option:
            case Record(fields=fields) if key in fields:
                found.append(fields[key])
            case Table(of=of, keys=keys) if keys is None or key in keys:
                found.append(of)
            case Unseen():
                found.append(option)
    return either(found) if found else None


def _at(shape: Shape, place: int) -> Shape:
    """What stands at a place of a tuple or of a sequence."""
    found = []
    for option in options_of(shape):
        match option:
            case Row(places=places) if place < len(places):
                found.append(places[place])
            case Items(of=of):
                found.append(of)
            case _:
                found.append(Unseen(f"place {place} of {_title(option)}"))
    return either(found)


def _method(shape: Shape, name: str, arguments: Sequence[Shape]) -> Shape | None:
    """What a method of mappings, sequences or models returns; None if there is no such method."""
    for option in options_of(shape):
        match option:
            case Record(methods=methods, fields=fields) if name in methods:
                return fields[name]
            case Record() | Table() if name in ("items", "values", "keys"):
                keys = Text(option.keys if isinstance(option, Table) else frozenset(option.fields))
                of = option.of if isinstance(option, Table) else either(option.fields.values())
                parts = {"items": Row((keys, of)), "values": of, "keys": keys}
                return Items(parts[name])
            case Items() if name == "index":
                return Plain()
    return None


def _keys(shape: Shape) -> Sequence[str]:
    match shape:
        case Record(fields=fields):
            return list(fields)
        case Table(keys=keys):
            return sorted(keys or ())
    return ()


def _title(shape: Shape) -> str:
    match shape:
        case Record(name=name):
            return name
        case Table():
            return "a table by name"
        case Plain(kind=kind):
            return f"a {kind}"
        case Unseen(why=why):
            return why
        case Either(options=options):
            return " or ".join(map(_title, options))
    return f"a {type(shape).__name__.lower()}"


def _parsed(path: Path) -> nodes.Template:
    try:
        return environment(path.parent).parse(path.read_text(encoding="utf-8"))
    except TemplateSyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}: {error.message}") from error
