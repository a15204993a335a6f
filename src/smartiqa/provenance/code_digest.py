"""Which code a stage depends on, found by static analysis.

Snakemake does not notice an edit of a module that a command imports. So rules take a *code digest*
as a parameter. It holds what the stage can reach: everything that runs when its modules are
imported, and every function, class and constant that this mentions, and so on. A setting that
chooses code by a `smartiqa.core.choices.Choice` leads to what it chooses only. In doubt code
counts: see `smartiqa.provenance.definitions`. Comments, docstrings and layout never do, and the
digest is the same under every version of Python.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from smartiqa.core.errors import InputError, syntax_problem
from smartiqa.provenance.definitions import Definition, Import, Module, Table, read_module
from smartiqa.provenance.dynamic_imports import loaders_in

if TYPE_CHECKING:
    from pydantic import BaseModel

PACKAGE = "smartiqa"
SETTINGS = "smartiqa.config.experiment"  # the module that may make settings
SOURCE = Path(__file__).parents[1]
# An edit of what makes digests changes them by itself, or else nothing; what is carried from one
# place to another is what it was, by its own digest; and so are settings that are read from files.
# Options that stages share only take or refuse what a rule gives, which it compares by itself.
NEVER_COUNTS = {
    "config.stage_settings",
    "provenance.code_digest", "provenance.definitions", "provenance.dynamic_imports",
    "provenance.syntax", "sharing.archives", "sharing.shared_runs", "stages.options",
}  # fmt: skip

Node = tuple[str, str]  # module and name
Chosen = frozenset[tuple[str, str, str | None]]  # kind of settings, key and value; None in doubt


class Reach(NamedTuple):
    """What some modules can reach.

    Attributes:
        code: the text of each definition, by module and name; "" stands for what always runs.
        packages: third-party packages that this code mentions, by the names of their modules.
    """

    code: dict[Node, str]
    packages: frozenset[str]


def check_sources() -> None:
    """Parse all modules; what a plan needs of them is read when it asks.

    Raises:
        InputError: one is not Python.
    """
    for module, path in _sources().items():
        try:
            ast.parse(path.read_text(encoding="utf-8"), module)
        except SyntaxError as error:
            raise InputError(syntax_problem(error, path)) from error


def code_digest(modules: Iterable[str], settings: BaseModel | None = None) -> str:
    """Digest all code that `modules` can reach under `settings`, by default under any.

    Raises:
        KeyError: there is no such module.
    """
    return _digest(*_asked(modules, settings))


def reach(modules: Iterable[str], settings: BaseModel | None = None) -> Reach:
    """Find all code that `modules` can reach; of these themselves everything counts.

    Args:
        modules: dotted names within the package.
        settings: what chooses code; of a kind that occurs twice with different values, nothing.

    Raises:
        KeyError: there is no such module.
    """
    return _reach(*_asked(modules, settings))


def _asked(modules: Iterable[str], settings: BaseModel | None) -> tuple[tuple[str, ...], Chosen]:
    """Return the modules with what they may import by name, and what settings choose there."""
    entries = _entries(tuple(modules))
    kinds = dict(_by_kind(settings)) if settings is not None else {}
    tables = _tables(entries)
    return entries, frozenset((table.settings, table.key, table.value(kinds)) for table in tables)


# A study asks for the same digest with each of its seeds.
@functools.cache
def _digest(entries: tuple[str, ...], chosen: Chosen) -> str:
    digest = hashlib.sha256()
    for node, text in sorted(_reach(entries, chosen).code.items()):
        digest.update("\0".join([*node, text, ""]).encode())
    return digest.hexdigest()[:16]


@functools.cache
def _tables(entries: tuple[str, ...]) -> list[Table]:
    named = (part for module in _closure(entries).values() for part in module.named.values())
    return [part for part in named if isinstance(part, Table)]


@functools.cache
def _reach(entries: tuple[str, ...], chosen: Chosen) -> Reach:
    closure = _closure(entries)
    found = _reached(closure, entries, chosen)
    if any(_chooses(part, node[0], chosen) for node, parts in found.items() for part in parts):
        found = _reached(closure, entries, frozenset())
    if any(part.unseen for parts in found.values() for part in parts):
        found = _reached(closure, closure, frozenset())
    imports = {source for parts in found.values() for part in parts for source, _ in part.imports}
    outside = {source.partition(".")[0] for source in imports} - {PACKAGE}
    return Reach(
        {node: "\n".join(part.text for part in parts) for node, parts in found.items()},
        frozenset(outside - sys.stdlib_module_names),
    )


def _reached(
    closure: Mapping[str, Module], entries: Iterable[str], chosen: Chosen
) -> dict[Node, list[Definition]]:
    found: dict[Node, list[Definition]] = {}
    waiting: list[tuple[str, str | None]] = [(module, "") for module in closure]
    waiting += [(module, None) for module in entries]
    while waiting:
        name: str | None
        module, name = waiting.pop()
        if name is None:
            waiting += [(module, each) for each in closure[module].named]
            continue
        if (module, name) in found:
            continue
        parts = found[module, name] = _parts(closure[module], name, chosen)
        for part in parts:
            waiting += [(module, each) for each in part.names & closure[module].named.keys()]
            waiting += [to for one in part.imports if (to := _target(one, closure)) is not None]
    return found


def _parts(module: Module, name: str, chosen: Chosen) -> list[Definition]:
    if name == "":
        return module.always
    named = module.named[name]
    return [named.chosen(chosen) if isinstance(named, Table) else named]


def _target(one: Import, closure: Mapping[str, Module]) -> tuple[str, str | None] | None:
    source, name = one
    if name is not None and f"{source}.{name}" in closure:
        return f"{source}.{name}", None
    if source in closure and (name is None or name in closure[source].named):
        return source, name
    return None  # third-party, or bound by what always runs


def _chooses(part: Definition, module: str, chosen: Chosen) -> bool:
    """Whether code makes settings of its own, so that these may choose what is not chosen."""
    kinds = {kind for kind, _, value in chosen if value is not None}
    makes = module != SETTINGS and not kinds.isdisjoint(part.calls)
    return makes or (part.alters and bool(kinds))


def _by_kind(settings: BaseModel) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from pydantic import BaseModel  # here, so that a bare Python can compute digests

    yield type(settings).__name__, vars(settings)
    for value in vars(settings).values():
        if isinstance(value, BaseModel):
            yield from _by_kind(value)


@functools.cache
def _entries(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Add what `modules` may import by name, unless they have some of it."""
    everything = f"{PACKAGE}."
    entries, known = modules, _sources()
    while True:
        imports = {found for module in _closure(entries).values() for found in module.imports}
        more: set[str] = set()
        for prefix in {prefix for source, name in imports for prefix in _loaded(source, name)}:
            fitting = {name for name in known if name.startswith(prefix)}
            if everything.startswith(prefix) or not fitting & set(modules):
                more |= fitting - set(entries)
        if not more:
            return entries
        entries = (*entries, *sorted(more))


def _loaded(source: str, name: str | None) -> Iterator[str]:
    """Yield what the names begin with that an import lets its module import."""
    for module, function in ((source, name), (f"{source}.{name}", None)):
        if _is_ours(module):
            loaders = loaders_in(_text(module))
            for loader, prefixes in loaders.items():
                if function in (None, loader):
                    yield from prefixes


@functools.cache
def _sources() -> dict[str, Path]:
    """Find the source files of all modules, by dotted names."""
    inside = [path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py"))]
    return {
        ".".join([PACKAGE, *path.with_suffix("").parts]): SOURCE / path
        for path in inside
        if path.name != "__init__.py"
    }


@functools.cache
def _text(module: str) -> str:
    return _sources()[module].read_text(encoding="utf-8")


@functools.cache
def _closure(modules: tuple[str, ...]) -> dict[str, Module]:
    closure: dict[str, Module] = {}
    waiting = list(modules)
    for module in waiting:
        if module not in _sources():
            raise KeyError(f"no module {module} in {PACKAGE}")
    while waiting:
        module = waiting.pop()
        if module in closure:
            continue
        closure[module] = read_module(module, _text(module))
        for source, name in closure[module].imports:
            waiting += [one for one in (source, f"{source}.{name}") if _is_ours(one)]
    return closure


def _is_ours(module: str) -> bool:
    return module in _sources() and module.partition(".")[2] not in NEVER_COUNTS
