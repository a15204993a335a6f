"""The shipped JSON schemas are those of the models, and every YAML file obeys the one it names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from command_line import smartiqa
from smartiqa.config.files import study_names
from smartiqa.provenance.code_digest import SOURCE

ROOT = SOURCE.parents[1]
CONFIG = ROOT / "workflow" / "config"
NAMED = re.compile(r"^# yaml-language-server: \$schema=(\S+)\n")
FILES = sorted([*CONFIG.glob("*.yaml"), ROOT / "tests" / "workflow" / "tiny.yaml"])


def named_schema(file: Path) -> dict[str, Any]:
    """The schema that the first line of a file names."""
    named = NAMED.match(file.read_text(encoding="utf-8"))
    assert named, f"{file.name} names no schema"
    return dict(json.loads((file.parent / named[1]).read_text(encoding="utf-8")))


def problems(file: Path, content: Any) -> list[str]:
    found = Draft202012Validator(named_schema(file)).iter_errors(content)
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in found]


def test_the_shipped_schemas_are_what_the_models_say_now(tmp_path: Path) -> None:
    smartiqa("schema", output=tmp_path)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    shipped = {path.name: path.read_text() for path in (CONFIG / "schemas").iterdir()}
    assert shipped == made, "run `smartiqa schema`"
    for text in made.values():
        Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_shipped_file_obeys_the_schema_that_it_names(file: Path) -> None:
    assert problems(file, yaml.safe_load(file.read_text(encoding="utf-8"))) == []


def test_every_kind_of_file_names_its_own_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    kinds = {"experiments": "Catalogue", "claims": "Ledger", "published": "Published"}
    for file in FILES:
        assert named_schema(file)["title"] == kinds.get(file.stem, "Study"), file.name
    assert {file.stem for file in FILES} - {*kinds, "tiny"} == {*study_names()}


@pytest.mark.parametrize(
    ("name", "place", "value", "said"),
    [
        ("demo", ("crop",), "many", "crop: 'many' is not of type 'integer'"),
        ("demo", ("seeds",), [-1], "seeds.0: -1 is less than the minimum"),
        ("demo", ("replicats",), 3, "'replicats' was unexpected"),
        ("demo", ("statistics", "replicats"), 3, "'replicats' was unexpected"),
        ("demo", ("backbones", "cnn", "weights"), {"source": "file"}, "backbones.cnn.weights: "),
        ("demo", ("experiments",), "some", "experiments: 'some'"),
        ("experiments", ("experiments", "C3", "modell"), {}, "'modell' was unexpected"),
        ("experiments", ("experiments", "C3", "model"), {"gate": "soft"}, "'soft' is not one of"),
        ("claims", ("claims", 0, "kind"), "guess", "claims.0.kind: 'guess' is not one of"),
        (
            "published",
            ("literature", "tables", "loda", "protocol", "test"),
            "mine",
            "literature.tables.loda.protocol.test: 'mine' is not valid",
        ),
    ],
)
def test_an_editor_can_tell_what_is_wrong(
    name: str, place: tuple[Any, ...], value: Any, said: str
) -> None:
    file = CONFIG / f"{name}.yaml"
    content = level = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key in place[:-1]:
        level = level.setdefault(key, {}) if isinstance(level, dict) else level[key]
    level[place[-1]] = value
    assert any(said in problem for problem in problems(file, content)), problems(file, content)
