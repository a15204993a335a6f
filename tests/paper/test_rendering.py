from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import smartiqa_apart
from made_up_paper import BASICS, ROOT, made_up_claims, made_up_paper
from smartiqa.core.errors import InputError
from smartiqa.paper.rendering import read_values

TEMPLATE = ROOT / "paper" / "tables" / "ablation.tex.j2"


def test_a_table_is_rendered_from_the_command_line(tmp_path: Path) -> None:
    values, output = tmp_path / "paper.json", tmp_path / "tables" / "ablation.tex"
    values.write_text(json.dumps(made_up_paper("demo", BASICS)))
    done = smartiqa_apart("render", template=TEMPLATE, values=values, output=output)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\label{tab:ablation}" in output.read_text(encoding="utf-8")


def test_a_missing_value_is_one_clear_error(tmp_path: Path) -> None:
    paper = made_up_paper("demo", BASICS)
    del paper["experiments"]["C2"]["results"]["synthetic"]["srcc"]
    values, output = tmp_path / "paper.json", tmp_path / "ablation.tex"
    values.write_text(json.dumps(paper))
    done = smartiqa_apart("render", template=TEMPLATE, values=values, output=output)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert f"{values} is not what the stage collate writes now" in done.stderr
    assert "experiments.C2.results.synthetic.srcc: missing" in done.stderr
    assert not output.exists()


def test_a_mistake_in_a_template_is_one_clear_error(tmp_path: Path) -> None:
    template, values = tmp_path / "made.tex.j2", tmp_path / "paper.json"
    template.write_text("\n\\VAR{study.crop|fixed}\n")
    values.write_text(json.dumps(made_up_paper("demo", BASICS)))
    done = smartiqa_apart("render", template=template, values=values, output=tmp_path / "made.tex")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {template}, line 2: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "made.tex").exists()


def test_the_ledger_joins_the_values(tmp_path: Path) -> None:
    (tmp_path / "paper.json").write_text(json.dumps(made_up_paper("demo", BASICS)))
    (tmp_path / "claims.json").write_text(json.dumps(made_up_claims(5)))
    values = read_values(tmp_path / "paper.json", ledger=tmp_path / "claims.json")
    assert values["ledger"]["total"] == 5
    assert "ledger" not in read_values(tmp_path / "paper.json", ledger=None)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), ("{", "is no JSON file"), ("[]", "keys with values are needed")],
)
def test_unusable_values_are_named(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "paper.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=rf"paper\.json.*{words}"):
        read_values(path)
