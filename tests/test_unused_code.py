"""Nothing in the package is there for tests only, or for nobody."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

import smartiqa
from code_digests import digests_of
from smartiqa.provenance import code_digest as provenance
from smartiqa.provenance.code_digest import SOURCE
from smartiqa.provenance.definitions import read_module

ROOT = SOURCE.parents[1]
RULES = [ROOT / "workflow" / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
# What the modules of a folder are asked for by name, by those who import them by name.
ASKED_FOR = {
    "data/datasets": ("FACTS", "Options", "advice", "facts_for", "read_labels"),
    "paper/figures": ("NEEDS", "SHOWS", "draw"),
    "stages": ("main",),
}
# Methods that no code of ours calls, and who does.
CALLED_BY_LIBRARIES = {
    "_undefined_message": "jinja2, for its message about a missing value",
    "dump_bytecode": "jinja2, to keep what it has compiled",
    "format_commands": "typer, for --help",
    "get_command": "typer, for the stage that is called",
    "list_commands": "typer, for --help",
    "load_bytecode": "jinja2, for what was compiled before",
    "visit_Subscript": "ast, for each such node",
}
DECORATED = "_validator"  # pydantic calls these


def imports_of(rules: str) -> str:
    return "\n".join(re.findall(r"^from smartiqa[\w.]* import (?:\([^)]*\)|.*)$", rules, re.M))


def write_user(path: Path, imports: str) -> None:
    """Write a module that imports names and mentions every one of them."""
    names = [alias.name for node in ast.parse(imports).body for alias in node.names]
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{imports}\nuses = [{', '.join(names)}]\n", encoding="utf-8")


def asked_for(source: Path) -> str:
    lines = []
    for folder, names in ASKED_FOR.items():
        for path in (source / folder).glob("*.py"):
            module = ".".join(["smartiqa", *path.relative_to(source).with_suffix("").parts])
            named = read_module(module, path.read_text(encoding="utf-8")).named
            lines += [f"from {module} import {name}" for name in names if name in named]
    return "\n".join(lines)


def unused_definitions(source: Path) -> list[str]:
    """What nobody reaches from the command line, the rules, the benchmarks and the public face."""
    users = source / "users"
    write_user(users / "rules.py", imports_of("\n".join(path.read_text() for path in RULES)))
    public = "\n".join(f"from smartiqa.{m} import {n}" for n, m in smartiqa._MODULES.items())
    write_user(users / "public.py", public)
    write_user(users / "names.py", asked_for(source))
    for path in (ROOT / "benchmarks").glob("*.py"):
        shutil.copy(path, users / f"benchmarks_{path.name}")
    with digests_of(source), pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "NEVER_COUNTS", set())
        modules = provenance._sources()
        users_only = tuple(name for name in modules if name.startswith("smartiqa.users."))
        commands = [name for name in modules if re.match(r"smartiqa\.(stages|cli|__main__)", name)]
        closure = provenance._closure(provenance._entries((*users_only, *commands)))
        reached = provenance._reached(closure, users_only, frozenset())
        defined = {
            (module, name)
            for module, path in modules.items()
            for name in read_module(module, path.read_text(encoding="utf-8")).named
            if name != "annotations"  # of the future
        }
    return sorted(f"{module}.{name}" for module, name in defined - set(reached))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "__init__.py")
    return Path(shutil.copytree(SOURCE, tmp_path / "smartiqa", ignore=ignored))


def test_every_definition_is_used(source: Path) -> None:
    assert unused_definitions(source) == []


def test_what_uses_only_itself_is_found(source: Path) -> None:
    for module in ("metrics/decimals.py", "stages/train.py", "data/datasets/live.py"):
        with (source / module).open("a", encoding="utf-8") as file:
            file.write("\n\ndef krcc():\n    return tau()\n\n\ndef tau():\n    return krcc()\n")
    assert unused_definitions(source) == [
        f"smartiqa.{module}.{name}"
        for module in ("data.datasets.live", "metrics.decimals", "stages.train")
        for name in ("krcc", "tau")
    ]


def test_every_method_is_called() -> None:
    paths = [*SOURCE.rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text()))]
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = [*RULES, *(ROOT / "paper").rglob("*.j2")]
    called |= {name for path in texts for name in re.findall(r"\.(\w+)", path.read_text())}
    methods = {
        method.name
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef)
        if not any(DECORATED in ast.unparse(each) for each in method.decorator_list)
    }
    methods = {name for name in methods if not re.fullmatch(r"__\w+__", name)}
    assert methods - called == set(CALLED_BY_LIBRARIES)
