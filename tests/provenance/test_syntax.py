from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartiqa.provenance.code_digest import SOURCE
from smartiqa.provenance.syntax import canonical

EVERY_SYNTAX = Path(__file__).with_name("every_syntax.txt")
STORED = "1f474574a661c166"
PROGRAM = """
import ast, hashlib, sys
sys.path.insert(0, sys.argv[1])
from smartiqa.provenance.code_digest import code_digest
from smartiqa.provenance.syntax import canonical
with open(sys.argv[2], encoding="utf-8") as file:
    text = canonical(ast.parse(file.read()))
print(sys.version_info[1], hashlib.sha256(text.encode()).hexdigest()[:16])
print(code_digest(["smartiqa.stages.train"]))
print(code_digest(["smartiqa.stages.collate", "smartiqa.stages.render"]))
"""


def said(code: str) -> str:
    return canonical(ast.parse(code))


def pythons(minor: int) -> Iterator[str]:
    """Find interpreters of one version."""
    if sys.version_info[1] == minor:
        yield sys.executable
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(root.glob(f"versions/3.{minor}.*/bin/python")))
    if found := shutil.which(f"python3.{minor}"):
        yield found


def digests(python: str) -> list[str]:
    """The version of an interpreter, and the digests that it computes."""
    command = [python, "-I", "-c", PROGRAM, str(SOURCE.parent), str(EVERY_SYNTAX)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_the_digest_is_the_same_under_every_python(minor: int) -> None:
    found = [result for python in pythons(minor) if (result := digests(python))]
    if not found:
        pytest.skip(f"there is no Python 3.{minor} here")
    here = digests(sys.executable)
    assert here[1] == STORED
    for version, *values in found:
        assert version == str(minor)
        assert values == here[1:]


def test_this_python_computes_the_stored_digest() -> None:
    text = said(EVERY_SYNTAX.read_text(encoding="utf-8"))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == STORED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("f'{a}' 'b' f'c{d}'", "f'{a}bc{d}'"),
        ("f'{a}' ''", "f'{a}'"),
        ("u'a'", "'a'"),
        ("x = (1)", "x=1"),
        ("x: int  # type: ignore", "x: int"),
        ("def f():\n 'doc'\n return 1", "def f(): return 1"),
        ("class A:\n 'doc'\n x = 1", "class A: x = 1"),
        ("'doc'\nx = 1", "x = 1"),
        ("0x10", "16"),
        ("typer.Option('-a', min=1, help='x')", "typer.Option('-a', help='y', min=1)"),
        (
            "def f(a: Annotated[int, typer.Argument(help='x')]): ...",
            "def f(a: Annotated[int, typer.Argument()]): ...",
        ),
    ],
)
def test_what_is_the_same_code_has_the_same_text(first: str, second: str) -> None:
    assert said(first) == said(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1", "1.0"),
        ("typer.Option(help='x', min=1)", "typer.Option(help='x', min=2)"),
        ("f(help='x')", "f(help='y')"),
        ("1", "True"),
        ("'1'", "1"),
        ("'a'", "b'a'"),
        ("None", "'None'"),
        ("return_ = 1", "return_ = '1'"),
        ("f(a, *b)", "f(*b, a)"),
        ("{**a, 'b': 1}", "{'b': 1, **a}"),
        ("def f(*, a, b=1): ...", "def f(*, a=1, b): ..."),
        ("def f(a, /, b): ...", "def f(a, b): ..."),
        ("from . import a", "from .. import a"),
        ("f'{a!r}'", "f'{a!s}'"),
        ("f'{a:>3}'", "f'{a:>4}'"),
        ("f'{a}'", "'{a}'"),
        ("[x for x in y if z]", "[x for x in y]"),
        ("async def f(): ...", "def f(): ..."),
        ("x = 1\n'text'", "x = 1"),
        ("def f():\n return", "def f():\n return 1"),
        ("a < b <= c", "a <= b < c"),
        ("x = 'é'", "x = 'e'"),
        ("x = '\\n'", "x = r'\\n'"),
    ],
)
def test_what_is_other_code_has_another_text(first: str, second: str) -> None:
    assert said(first) != said(second)
