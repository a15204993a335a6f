"""What YAML would take silently is refused, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.yaml_files import read_yaml

GROWING = "a0: &a0 [x]\n" + "".join(  # ten times as long with each line, were it read
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", ", line 3: the key 'a' is there twice; keep one"),
        ("a: {b: 1, b: 2}\n", ", line 1: the key 'b' is there twice; keep one"),
        ("a:\n  - {b: .inf}\n", ", line 2: .inf is not a finite number; write one that is"),
        ("a: -.Inf\n", ", line 1: -.Inf is not a finite number"),
        ("a: .nan\n", ", line 1: .nan is not a finite number"),
        ("a: 1.0e+999\n", ", line 1: 1.0e+999 is not a finite number"),
        ("a: [1\n", ", line 2: did not find expected ',' or ']'"),
        (
            "a: 1\n---\nb: 2\n",
            ", line 2: expected a single document in the stream, but found another document",
        ),
        ("? [1, 2]\n: 3\n", ", line 1: found unhashable key"),
        ("a: \x00\n", " is not a text file of YAML ("),
        ("a: &a [*a]\n", ", line 1: aliases and lists stand for more than anybody writes"),
        ("a:\n  b: &a {c: *a}\n", ", line 2: aliases and lists stand for more than"),
        ("a: " + "[" * 60 + "]" * 60, ", line 1: aliases and lists stand for more than"),
        (GROWING, ", line 6: aliases and lists stand for more than anybody writes"),
        ("a: " + "9" * 6000, ", line 1: [...] cannot be read as int; write another"),
        ("a: !!bool maybe\n", ", line 1: maybe cannot be read as bool; write another"),
        ("", " must hold keys and values"),
        ("- a\n", " must hold keys and values"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}{said}")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_bytes(b"title: \xff\n")
    with pytest.raises(InputError, match=r"demo\.yaml is not a text .*; save it in UTF-8"):
        read_yaml(path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"konic\.yaml does not exist; name a YAML file"):
        read_yaml(tmp_path / "konic.yaml")
    with pytest.raises(InputError, match="is a folder; name a YAML file"):
        read_yaml(tmp_path)


def test_a_key_that_is_needed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "published.yaml"
    path.write_text("a: {b: 1}")
    assert read_yaml(path, ["a", "a.b"]) == {"a": {"b": 1}}
    with pytest.raises(InputError, match=r"published\.yaml lacks the key 'a\.b\.c'; add it"):
        read_yaml(path, ["a.b.c"])


def test_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text("# text\na: &x {b: 1.5, c: 2020-06-14}\nd: {<<: *x, b: 2}\n")
    first = {"b": 1.5, "c": "2020-06-14"}
    assert read_yaml(path) == {"a": first, "d": {**first, "b": 2}}
