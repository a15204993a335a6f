"""Check that templates ask only for values, keys, functions and filters that exist.

Every template is walked as Jinja parses it, with shapes (`shapes`) in place of values; macros are
walked for each call, with the shapes of its arguments. So a misspelt key is found without a build,
wherever it stands: in a path, behind a loop's variable, in a macro, in the argument of a filter or
of a LaTeX command. What the walk cannot see is counted and listed, never passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from jinja2 import nodes

from smartiqa.core.strict import unknown_name
from smartiqa.paper.checks.calls import Calls
from smartiqa.paper.checks.commands import Command, commands
from smartiqa.paper.checks.lookups import at, item_of
from smartiqa.paper.checks.scopes import Macro, Names
from smartiqa.paper.checks.shapes import Function, Plain, Record, Shape, Unseen
from smartiqa.paper.latex.environment import parsed

LOOP: dict[str, Shape] = {
    **dict.fromkeys(("index", "index0", "revindex", "length", "depth"), Plain()),
    **dict.fromkeys(("first", "last"), Plain("truth")),
}


class Walk(Calls):
    """Walks templates, statement by statement.

    Args:
        root: names of the values and functions that every template sees.
        filters: what can stand behind a bar.
        tests: what can stand behind `is`.
        known: what LaTeX commands can name.
    """

    def __init__(
        self,
        root: Mapping[str, Shape],
        filters: Mapping[str, Function],
        tests: Mapping[str, Function],
        known: Mapping[str, Collection[str]],
    ) -> None:
        super().__init__(root, filters, tests)
        self.known = known
        self._labels: set[str] = set()
        self._references: list[tuple[str, str]] = []  # where, and to which label
        self._trees: dict[Path, nodes.Template] = {}

    def template(self, path: Path) -> None:
        """Check one template; the macros that it imports as far as it calls them.

        Raises:
            InputError: it is not a template.
        """
        self._body(self._tree(path).body, Names(path, self.root))

    def macros(self, path: Path) -> None:
        """Check the macros of a file that no template called, with nothing known of arguments."""
        scope = Names(path, self.root)
        self._body(self._tree(path).body, scope)
        for macro in [shape for shape in scope.values() if isinstance(shape, Macro)]:
            if macro.scope.path == path and (path, macro.name) not in self._walked:
                names = macro.signature.parameters
                self._enter(macro, {n: Unseen(f"argument of {macro.name}") for n in names})

    def references(self) -> None:
        """Check that what is referred to has its label, after all templates were walked."""
        for where, label in self._references:
            if label not in self._labels:
                problem = unknown_name("label", label, sorted(self._labels))
                self.problems[f"{where}: {problem}"] = None

    def _tree(self, path: Path) -> nodes.Template:
        if path not in self._trees:
            self._trees[path] = parsed(path)
        return self._trees[path]

    # ---------------------------------------------------------------- statements

    def _body(self, body: Sequence[nodes.Node], scope: Names) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Names) -> None:
        match node:
            case nodes.Output():
                parts = [(part, self._value(part, scope)) for part in node.nodes]
                for command in commands(parts):
                    self._command(command, scope)
            case nodes.Assign():
                self._assign(node.target, self._shape(node.node, scope), scope)
            case nodes.For():
                self._loop(node, scope)
            case nodes.If():
                self._branches(node, scope)
            case nodes.Macro():
                scope[node.name] = macro = Macro(node.name, node, scope)
                for unused in [a.name for a in node.args if a.name not in macro.used]:
                    problem = f"{node.name} does not use its argument {unused}"
                    self._wrong(node.lineno, scope, problem)
            case nodes.CallBlock():
                self._call(node.call, scope, Macro("caller", node, scope))
            case nodes.Import():
                scope[node.target] = self._module(node, scope)
            case nodes.FromImport():
                module = self._module(node, scope)
                for name in node.names:
                    own, alias = (name, name) if isinstance(name, str) else name
                    scope[alias] = self._below(module, own, node, scope)
            case _:
                self._hidden(node.lineno, scope, f"a {type(node).__name__} statement")

    def _command(self, command: Command, scope: Names) -> None:
        if command.names is None:
            self._hidden(command.line, scope, rf"a name in \{command.name} that comes from values")
        for name in command.names or ():
            if command.name == "label":
                self._labels.add(name)
            elif command.name == "ref":
                self._references.append((self._where(command.line, scope), name))
            elif name not in (valid := self.known[command.name]):
                problem = unknown_name(rf"name in \{command.name}", name, list(valid))
                self._wrong(command.line, scope, problem)

    def _branches(self, node: nodes.If, scope: Names) -> None:
        """Walk the branches that can be taken, each with what is known there."""
        known: dict[str, Shape] = {}
        for branch in (node, *node.elif_):
            inner = scope.inner(known)
            self._value(branch.test, inner)
            more = self._narrowed(branch.test, inner, True)
            if more is not None:
                self._where_known(branch.body, scope, known | more)
            other = self._narrowed(branch.test, inner, False)
            if other is None:
                return
            known |= other
        self._where_known(node.else_, scope, known)

    def _where_known(
        self, body: Sequence[nodes.Node], scope: Names, known: Mapping[str, Shape]
    ) -> None:
        """Walk statements that set names of the same scope, with more known of some names."""
        before = dict(scope)
        scope.update(known)
        self._body(body, scope)
        for name in [name for name, shape in known.items() if scope[name] is shape]:
            del scope[name]
            scope.update({name: before[name]} if name in before else {})

    def _loop(self, node: nodes.For, scope: Names) -> None:
        item = item_of(self._value(node.iter, scope))
        around = {"previtem": item, "nextitem": item}
        inner = scope.inner({"loop": Record("loop", {**LOOP, **around})})
        self._assign(node.target, item, inner)
        if node.test is not None:
            self._value(node.test, inner)
            inner.update(self._narrowed(node.test, inner, True) or {})
        self._body(node.body, inner)
        self._body(node.else_, scope.inner({}))

    def _assign(self, target: nodes.Node, shape: Shape, scope: Names) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = shape
        elif isinstance(target, nodes.Tuple):
            for place, part in enumerate(target.items):
                self._assign(part, at(shape, place), scope)

    def _module(self, node: nodes.Import | nodes.FromImport, scope: Names) -> Record:
        name = node.template.value if isinstance(node.template, nodes.Const) else ""
        folders = (scope.path.parent, scope.path.parent.parent)
        path = next((f / name for f in folders if name and (f / name).is_file()), None)
        if path is None:
            problem = f"imports {name or 'a computed name'}, which does not exist"
            self._wrong(node.lineno, scope, problem)
            return Record("nothing", {})
        inner = Names(path, scope if node.with_context else self.root)
        before = dict(inner)
        self._body(self._tree(path).body, inner)
        new = {k: v for k, v in inner.items() if before.get(k) is not v}
        return Record(str(path), new)
