"""A person's settings against stages that run in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import command
from smartiqa.machine.isolation import (
    FIXED,
    KEPT,
    KEPT_PREFIXES,
    STARTED_ANEW,
    clean_environment,
    kept_choices,
    shell_prelude,
)
from surroundings import SOURCE, VARIABLES, hostile_home, hostile_variables

PROBE = """
import json, os, sys
from smartiqa.cli import run_apart

def main():
    with open(sys.argv[1], "a") as file:
        file.write(json.dumps([dict(os.environ), sys.argv, sys.flags.hash_randomization]) + "\\n")

run_apart(main)
"""
LETTER = r"""\documentclass{IEEEtran}
\begin{document}
\title{A letter}\author{Nobody}\maketitle
Two words, and a formula: $a_1 + b^2$.\cite{one}
\begin{thebibliography}{1}\bibitem{one} A book.\end{thebibliography}
\end{document}
"""

# where a shared place is, and who may use it
SHARING = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
    "AWS_PROFILE": "lab",
    "AWS_SECRET_ACCESS_KEY": "secret",  # pragma: allowlist secret
    "AWS_SESSION_TOKEN": "token",
    "RSYNC_PASSWORD": "secret",  # pragma: allowlist secret
    "SSH_AUTH_SOCK": "/run/agent",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return hostile_home(tmp_path / "home")


def variables_in_stage(tmp_path: Path, given: dict[str, str]) -> list[dict[str, str]]:
    """Call a stage by hand; return the variables of each time that it ran."""
    note = tmp_path / "note"
    command = [sys.executable, "-c", PROBE, str(note), "with a space"]
    subprocess.run(command, env=given, check=True, timeout=60)
    runs = [json.loads(line) for line in note.read_text().splitlines()]
    assert all(arguments == ["-c", str(note), "with a space"] for _, arguments, _ in runs)
    assert all(randomised == 0 for _, _, randomised in runs)
    return [variables for variables, _, _ in runs]


def test_only_named_variables_pass() -> None:
    hub = {"HF_TOKEN": "secret", "HF_ENDPOINT": "x", "HF_HOME": "/y", "HF_HUB_OFFLINE": "1"}
    named = {"PATH": "/bin", "SLURM_JOB_ID": "7", **hub, **SHARING}
    assert clean_environment({**named, "unknown": "x", **VARIABLES}) == {**named, **FIXED}


def test_clean_variables_stay_as_they_are() -> None:
    once = clean_environment({**os.environ, **VARIABLES})
    assert clean_environment(once) == once


def test_what_is_kept_although_it_can_change_a_result_is_recorded() -> None:
    assert kept_choices({"PATH": "/bin"}) == {}
    given = {"LD_PRELOAD": "/opt/malloc.so", "OPENBLAS_CORETYPE": "Haswell", **VARIABLES}
    assert kept_choices(given) == {"LD_PRELOAD": "/opt/malloc.so", "OPENBLAS_CORETYPE": "Haswell"}
    assert given.keys() & clean_environment(given).keys() >= kept_choices(given).keys()


def test_a_stage_that_is_called_by_hand_starts_anew_and_only_once(tmp_path: Path) -> None:
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "TERM": "dumb", **VARIABLES}
    assert variables_in_stage(tmp_path, given) == [clean_environment(given)]


def test_a_clone_runs_its_own_code(tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "smartiqa", tmp_path / "src" / "smartiqa")
    stage = tmp_path / "src" / "smartiqa" / "stages" / "check.py"
    stage.write_text(stage.read_text().replace('"""', '"""As changed here. ', 1))
    command = [sys.executable, "-m", "smartiqa", "check", "--help"]
    installed = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for in_a_clone in (False, True):
        if in_a_clone:
            (tmp_path / "workflow").mkdir()
            (tmp_path / "workflow" / "Snakefile").touch()
        told = subprocess.check_output(command, cwd=tmp_path, env=installed, text=True)
        assert ("As changed here." in told) == in_a_clone
    for named in (clean_environment(os.environ), {**installed, "PYTHONPATH": str(SOURCE)}):
        told = subprocess.check_output(command, cwd=tmp_path, env=named, text=True)
        assert "As changed here." not in told


def test_the_mark_of_another_process_spares_nothing(tmp_path: Path) -> None:
    given = {"PYTHONPATH": str(SOURCE), STARTED_ANEW: "1", **VARIABLES}
    assert variables_in_stage(tmp_path, given) == [FIXED]


def test_a_stage_with_clean_variables_keeps_its_process(tmp_path: Path) -> None:
    script = "import os, sys; os.execve = None\n" + PROBE
    command = [sys.executable, "-c", script, str(tmp_path / "note")]
    subprocess.run(command, env=FIXED, check=True, timeout=60)
    assert (tmp_path / "note").is_file()


def test_a_job_of_the_workflow_has_clean_variables() -> None:
    """As Snakemake runs it: with its own variables for threads, and braces formatted."""
    given = {
        **os.environ,
        **VARIABLES,
        "BASH_FUNC_own%%": "() { false; }",
        "BRACES": "{x}",
        "GOTO_NUM_THREADS": "8",
        "NUMEXPR_NUM_THREADS": "8",
        **SHARING,
    }
    prelude = shell_prelude(given).format()
    done = subprocess.run(
        ["bash", "-c", f"{prelude} unset -f own; env -0"],
        env={**given, "MKL_NUM_THREADS": "8", "VECLIB_MAXIMUM_THREADS": "8"},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    assert clean_environment(shown) == shown
    assert SHARING.items() <= shown.items()


def test_a_job_still_ends_at_its_first_error() -> None:
    command = f"{shell_prelude(os.environ).format()} false | true; echo reached"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_no_variable_is_kept_twice_over() -> None:
    assert not {name for name in KEPT if name.startswith(KEPT_PREFIXES)}
    assert not KEPT & FIXED.keys()


@pytest.mark.skipif(shutil.which("latexmk") is None, reason="there is no latexmk")
@pytest.mark.parametrize("settings", ["home", "folder", "variables"])
def test_settings_for_tex_change_no_byte_of_a_pdf(
    settings: str, home: Path, tmp_path: Path
) -> None:
    """One of the settings would have latexmk wait for edits for ever."""
    clean = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    hostile = hostile_variables(home)
    if settings != "variables":
        hostile = {**clean, "HOME": str(home)}
    if settings != "home":
        hostile["HOME"] = str(tmp_path)
    pdfs = []
    for name, variables in (("clean", clean), ("hostile", hostile)):
        source = tmp_path / name / "main.tex"
        source.parent.mkdir()
        source.write_text(LETTER)
        if (name, settings) == ("hostile", "folder"):
            shutil.copy(home / ".latexmkrc", source.parent)
        pdfs.append(typeset_by_hand(source, variables))
    assert pdfs[0] == pdfs[1]


def typeset_by_hand(source: Path, variables: dict[str, str]) -> bytes:
    """Call the stage; what it has started ends with it, if it takes too long."""
    output = source.with_suffix(".pdf")
    stage = subprocess.Popen(
        [
            *command("typeset", source=source, output=output),
        ],
        env=variables,
        start_new_session=True,
    )
    try:
        assert stage.wait(timeout=120) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(stage.pid, signal.SIGKILL)
    return output.read_bytes()
