"""Check that templates ask only for values, keys, functions and filters that exist.

Every template is walked as Jinja parses it, with shapes (`shapes`) in place of values; macros are
walked for each call, with the shapes of its arguments. So a misspelt key is found without a build,
wherever it stands: in a path, behind a loop's variable, in a macro, in the argument of a filter.
What the walk cannot see is counted and listed, never passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes

from smartiqa.core.errors import InputError
from smartiqa.paper.checks.expressions import NO, YES, Expressions
from smartiqa.paper.checks.lookups import (
    at,
    item_of,
)
from smartiqa.paper.checks.scopes import Macro, Names
from smartiqa.paper.checks.shapes import (
    Plain,
    Record,
    Shape,
    Unseen,
)
from smartiqa.paper.latex.environment import environment

LOOP: dict[str, Shape] = {
    **dict.fromkeys(("index", "index0", "revindex", "length", "depth"), Plain()),
    **dict.fromkeys(("first", "last"), Plain("truth")),
}


class Walk(Expressions):
    """Walks templates, statement by statement."""

    def template(self, path: Path) -> None:
        """Check one template; the macros that it imports as far as it calls them.

        Raises:
            InputError: it is not a template.
        """
        self._body(_parsed(path).body, Names(path, self.root))

    def macros(self, path: Path) -> None:
        """Check the macros of a file that no template called, with nothing known of arguments."""
        scope = Names(path, self.root)
        self._body(_parsed(path).body, scope)
        for name, macro in scope.items():
            if isinstance(macro, Macro) and (path, name) not in self._walked:
                hidden = {a.name: Unseen(f"argument of {name}") for a in macro.node.args}
                self._enter(macro, hidden)

    # ---------------------------------------------------------------- statements

    def _body(self, body: Sequence[nodes.Node], scope: Names) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Names) -> None:
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

    def _branches(self, node: nodes.If, scope: Names) -> None:
        """Walk the branches that can be taken: in a macro, what is not given may decide."""
        for branch in (node, *node.elif_):
            test = self._shape(branch.test, scope)
            if test != NO:
                self._body(branch.body, scope)
            if test == YES:
                return
        self._body(node.else_, scope)

    def _loop(self, node: nodes.For, scope: Names) -> None:
        item = item_of(self._shape(node.iter, scope))
        around = {"previtem": item, "nextitem": item}
        inner = scope.inner(loop=Record("loop", {**LOOP, **around}))
        self._assign(node.target, item, inner)
        if node.test is not None:
            self._shape(node.test, inner)
        self._body(node.body, inner)
        self._body(node.else_, scope.inner())

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
            self._wrong(node, scope, f"imports {name or 'a computed name'}, which does not exist")
            return Record("nothing", {})
        inner = Names(path, scope if node.with_context else self.root)
        before = dict(inner)
        self._body(_parsed(path).body, inner)
        new = {k: v for k, v in inner.items() if before.get(k) is not v}
        return Record(str(path), new)


def _parsed(path: Path) -> nodes.Template:
    try:
        return environment(path.parent).parse(path.read_text(encoding="utf-8"))
    except TemplateSyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}: {error.message}") from error
