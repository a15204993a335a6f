"""A module as what it always runs and what it only defines, found without importing it.

A definition can be left out of a digest if nothing that runs mentions it and making it has no
effect. Whatever is not sure to be such a definition counts as run always.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from smartiqa.provenance.syntax import DOCUMENTED, canonical

HARMLESS_DECORATORS = {
    "cache",
    "contextlib.contextmanager",
    "dataclass",
    "functools.cache",
    "lru_cache",
}
# Within a class, these change nothing outside it.
HARMLESS_FOR_METHODS = HARMLESS_DECORATORS | {
    "cached_property", "classmethod", "functools.cached_property", "model_validator", "property",
    "staticmethod", "torch.no_grad",
}  # fmt: skip
HARMLESS_CALLS = {
    "Field", "NamedTuple", "Path", "TypeVar", "field", "frozenset", "logging.getLogger",
    "len", "range", "set", "tuple",
}  # fmt: skip
# With these, code may reach what it does not mention.
UNSEEN_NAMES = {"__import__", "eval", "exec", "globals", "locals"}
UNSEEN_ATTRIBUTES = {"__init_subclass__", "__subclasses__", "import_module"}
ALTERING = {"model_construct", "model_copy"}  # makes other settings than those it is given

Import = tuple[str, str | None]  # module, and the name taken from it; None for the module itself
Statement = ast.stmt | ast.expr


@dataclass(frozen=True)
class Definition:
    """Some code, with all that it may reach.

    Attributes:
        text: what it says.
        names: what it may mean in its own module.
        imports: what it imports from any module.
        calls: names that it calls.
        unseen: it may reach what it does not mention.
        alters: it may make settings from others.
    """

    text: str
    names: frozenset[str]
    imports: frozenset[Import] = frozenset()
    calls: frozenset[str] = frozenset()
    unseen: bool = False
    alters: bool = False


@dataclass(frozen=True)
class Table:
    """A `Choice`: the settings and the key that choose, and the code of each value."""

    settings: str
    key: str
    whole: Definition
    entries: Mapping[str, Definition]

    def value(self, settings: Mapping[str, Mapping[str, Any]]) -> str | None:
        """Return what `settings`, by kind, choose; None if they do not, so all may be chosen."""
        value = settings.get(self.settings, {}).get(self.key)
        return value if isinstance(value, str) and value in self.entries else None

    def chosen(self, choices: Collection[tuple[str, str, str | None]]) -> Definition:
        """Return the one entry that is chosen; in doubt the whole table."""
        values = [value for *place, value in choices if place == [self.settings, self.key]]
        value = values[0] if len(values) == 1 else None
        return self.whole if value is None else self.entries[value]


@dataclass
class Module:
    """The statements of a module.

    Attributes:
        always: what runs when it is imported, in order.
        named: definitions by their name.
    """

    always: list[Definition] = field(default_factory=list)
    named: dict[str, Definition | Table] = field(default_factory=dict)

    @functools.cached_property
    def imports(self) -> set[Import]:
        """Everything that is imported anywhere in the module."""
        named = (d.whole if isinstance(d, Table) else d for d in self.named.values())
        return {found for part in (*self.always, *named) for found in part.imports}


@functools.lru_cache(maxsize=512)
def read_module(name: str, source: str) -> Module:
    """Divide the source of a module.

    Raises:
        SyntaxError: it is not Python.
    """
    package = name.rpartition(".")[0]
    module = Module()
    parts: list[tuple[ast.stmt, list[ast.AST]]] = []
    for statement in _undocumented(ast.parse(source, filename=name)):
        each = [statement]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            each = [*_one_by_one(statement)]
        parts += [(part, [*_walk(part)]) for part in each]
    bound = [found for part, nodes in parts for found in _bound(part, nodes)]
    for part, nodes in parts:
        _sort_in(module, part, nodes, package, bound)
    return module


def _sort_in(
    module: Module, part: ast.stmt, nodes: list[ast.AST], package: str, bound: list[str]
) -> None:
    made, name = _define(part, nodes, package), _defined_name(part)
    if name is None or bound.count(name) != 1:  # a name that changes means what ran last
        module.always.append(made)
        return
    if isinstance(part, ast.Import | ast.ImportFrom):
        # Importing may have effects, so it counts always; where it leads, only if it is used.
        if not _imported(part, package)[0].startswith(f"{package.partition('.')[0]}."):
            module.always.append(Definition(made.text, frozenset()))
        module.named[name] = made
    elif table := _table(part, made, package):
        module.named[name] = table
    else:
        module.named[name] = made


def _define(part: Statement, nodes: list[ast.AST], package: str) -> Definition:
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    attributes |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    strings = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    imports = [
        _imported(one, package)
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for one in _one_by_one(node)
    ]
    return Definition(
        text=canonical(part),
        names=frozenset(names | {word for text in strings for word in re.findall(r"\w+", text)}),
        imports=frozenset(imports),
        calls=frozenset(_called(n) for n in nodes if isinstance(n, ast.Call)),
        unseen=bool(names & UNSEEN_NAMES or attributes & UNSEEN_ATTRIBUTES)
        or ("sys", "modules") in _dotted_pairs(nodes),
        alters=bool(attributes & ALTERING),
    )


def _walk(part: ast.AST) -> Iterator[ast.AST]:
    """Yield `part` and every node in it, but for docstrings, in any order."""
    waiting = [part]
    while waiting:
        node = waiting.pop()
        yield node
        skipped = _docstring(node)
        waiting += [child for child in ast.iter_child_nodes(node) if child is not skipped]


def _docstring(node: ast.AST) -> ast.AST | None:
    documented = isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    return node.body[0] if documented and isinstance(node, DOCUMENTED) else None


def _undocumented(tree: ast.Module) -> list[ast.stmt]:
    return [statement for statement in tree.body if statement is not _docstring(tree)]


def _dotted_pairs(nodes: Iterable[ast.AST]) -> set[tuple[str, str]]:
    return {
        (node.value.id, node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _one_by_one(statement: ast.Import | ast.ImportFrom) -> Iterator[ast.Import | ast.ImportFrom]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            yield ast.Import([alias])
        else:
            yield ast.ImportFrom(statement.module, [alias], statement.level)


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> Import:
    alias = statement.names[0]
    if isinstance(statement, ast.Import):
        return alias.name, None
    base = package.split(".")[: len(package.split(".")) + 1 - statement.level]
    prefix = base if statement.level else []
    module = ".".join([*prefix, *([statement.module] if statement.module else [])])
    return module, None if alias.name == "*" else alias.name


def _bound(statement: ast.stmt, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield every name that a statement at the top of a module, with all its nodes, may bind."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        yield from (name for node in nodes if isinstance(node, ast.Global) for name in node.names)
        return
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name


def _defined_name(statement: ast.stmt) -> str | None:
    """Return the name that a statement defines, if making the definition has no effect."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            arguments = statement.args
            evaluated = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
            harmless = _decorated_harmlessly(statement) and _calls_harmlessly(evaluated)
            return name if harmless and not name.startswith("__") else None
        case ast.ClassDef(name=name):
            harmless = _decorated_harmlessly(statement) and not statement.keywords
            methods = (
                s for s in statement.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)
            )
            harmless &= all(_decorated_harmlessly(m, HARMLESS_FOR_METHODS) for m in methods)
            return name if harmless and _calls_harmlessly(_of_class(statement)) else None
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name if _calls_harmlessly([value]) or _is_table(value) else None
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return name if _calls_harmlessly([value]) or _is_table(value) else None
        case ast.Import(names=[alias]) | ast.ImportFrom(names=[alias]):
            return None if alias.name == "*" else alias.asname or alias.name.partition(".")[0]
    return None


def _decorated_harmlessly(
    made: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    harmless: Collection[str] = HARMLESS_DECORATORS,
) -> bool:
    names = [d.func if isinstance(d, ast.Call) else d for d in made.decorator_list]
    return all(ast.unparse(name) in harmless for name in names)


def _of_class(made: ast.ClassDef) -> Iterator[ast.AST]:
    """Yield what runs when a class is made: its bases and its body, but not its methods' bodies."""
    yield from made.bases
    for statement in made.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from statement.args.defaults
            yield from filter(None, statement.args.kw_defaults)
        else:
            yield statement


def _calls_harmlessly(evaluated: Iterable[ast.AST]) -> bool:
    nodes = [node for part in evaluated for node in _evaluated(part)]
    effects = (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)
    return not any(isinstance(node, effects) for node in nodes) and all(
        _called(node) in HARMLESS_CALLS for node in nodes if isinstance(node, ast.Call)
    )


def _evaluated(part: ast.AST) -> Iterator[ast.AST]:
    yield part
    if not isinstance(part, ast.Lambda):
        for child in ast.iter_child_nodes(part):
            yield from _evaluated(child)


def _is_table(value: ast.expr) -> bool:
    return _written_table(value) is not None


def _written_table(value: ast.expr) -> tuple[str, str, dict[str, ast.expr]] | None:
    """Read `Choice(Kind, "key", {"value": ...})`; None if it is written in any other way."""
    match value:
        case ast.Call(
            func=ast.Name(id="Choice"),
            args=[
                ast.Name(id=kind),
                ast.Constant(value=str(key)),
                ast.Dict(keys=keys, values=made),
            ],
            keywords=[],
        ):
            texts = [k.value for k in keys if isinstance(k, ast.Constant)]
            names = [text for text in texts if isinstance(text, str)]
            if len(set(names)) == len(keys) and _calls_harmlessly(made):
                return kind, key, dict(zip(names, made, strict=True))
    return None


def _table(part: ast.stmt, whole: Definition, package: str) -> Table | None:
    if not isinstance(part, ast.Assign | ast.AnnAssign) or part.value is None:
        return None
    if (written := _written_table(part.value)) is None:
        return None
    kind, key, values = written
    entries = {}
    for value, made in values.items():
        code = _define(made, [*_walk(made)], package)
        text = f"Choice {kind}.{key} {value!a} {code.text}"
        entries[value] = replace(code, text=text, names=code.names | {"Choice", kind})
    return Table(kind, key, whole, entries)
