from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from smartiqa.command_line import conclude
from typer.testing import CliRunner

from smartiqa.__main__ import STAGES, app
from smartiqa.core.errors import InputError
from smartiqa.provenance.code_digest import SOURCE


@pytest.fixture(autouse=True)
def own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages are handed their arguments in `sys.argv`; put it back after each test."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))


def test_every_module_with_a_command_line_is_a_stage() -> None:
    runnable = {
        p.stem for p in (SOURCE / "stages").glob("*.py") if "run_stage(main)" in p.read_text()
    }
    assert runnable == {name.replace("-", "_") for name in STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_explains_itself(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        app([stage, "--help"], standalone_mode=False)
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: smartiqa {stage} [-h]")
    assert len(re.findall(r"^  --\w", shown, re.MULTILINE)) >= 1


@pytest.mark.parametrize("stage", STAGES)
def test_options_of_the_workflow_are_options_of_the_stage(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = (SOURCE.parents[1] / "workflow" / "rules").glob("*.smk")
    text = "\n".join(path.read_text() for path in rules)
    used: set[str] = set()
    for call in re.findall(rf"python -m smartiqa\.{stage}\b(.*?)2> \{{log\}}", text, re.DOTALL):
        used |= set(re.findall(r"--[a-z-]+", call))
    with pytest.raises(SystemExit):
        app([stage, "--help"], standalone_mode=False)
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert used <= offered


def test_help_lists_all_stages() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for stage, text in STAGES.items():
        assert stage in shown.output
        assert text.split()[0] in shown.output


def test_an_unknown_stage_is_an_error() -> None:
    result = CliRunner().invoke(app, ["trian"])
    assert result.exit_code == 2
    assert "No such command 'trian'" in result.output


def test_arguments_reach_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    def stage() -> None:
        raise InputError(" ".join(sys.argv))

    monkeypatch.setattr(importlib.import_module("smartiqa.evaluation.scoring"), "main", stage)
    given = ["--predictions", "a.parquet", "b.parquet", "--replicates", "5", "-x", "--seed=1"]
    with pytest.raises(SystemExit) as stopped:
        app(["score", *given], standalone_mode=False)
    assert stopped.value.code == f"error: smartiqa score {' '.join(given)}"


def test_wrong_input_ends_in_one_line_and_status_1(tmp_path: Path) -> None:
    output = tmp_path / "metrics.json"
    given = ["--predictions", "nowhere.parquet", "--replicates=9", "--seed=1"]
    done = subprocess.run(
        [sys.executable, "-m", "smartiqa", "score", *given, f"--output={output}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "error: nowhere.parquet does not exist; the stage predict makes it\n"
    assert not output.exists()


def test_only_wrong_input_is_shortened_to_a_message() -> None:
    def wrong() -> None:
        raise InputError("row 3 is empty")

    def broken() -> None:
        raise KeyError("a defect")

    with pytest.raises(SystemExit) as stopped:
        conclude(wrong)
    assert stopped.value.code == "error: row 3 is empty"
    with pytest.raises(KeyError, match="a defect"):
        conclude(broken)


def test_a_stage_ends_at_once_and_loses_no_output() -> None:
    script = """
import atexit, logging, sys
from smartiqa.command_line import run_stage

def main():
    logging.info("logged")
    sys.stdout.write("printed")

atexit.register(sys.stdout.write, "taken down")
run_stage(main)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "printed", "logged\n")


def test_the_front_door_imports_no_stage() -> None:
    tree = ast.parse((SOURCE / "__main__.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {name for name in imported if name and name.startswith("smartiqa")}
    assert own == {"smartiqa.command_line", "smartiqa.machine.isolation"}
