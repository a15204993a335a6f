"""The workflow plans the same paper wherever Snakemake is started, and as a module of another."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import REPOSITORY, copy_repository

PLAN = ("--dry-run", "--quiet", "host", "--config", "study=tiny")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_repository(tmp_path_factory.mktemp("repository") / "clone")


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def counted(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    assert done.returncode == 0, done.stderr[-3000:]
    jobs = re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE)
    return {rule: int(count) for rule, count in jobs if rule != "total"}


def deploy(folder: Path, clone: Path, study: str = "tiny") -> Path:
    """Write what config/README.md shows where Snakemake looks, with the clone in its place."""
    page = (REPOSITORY / "config" / "README.md").read_text()
    (block,) = re.findall(r"^```\n(configfile.*?)^```", page, re.MULTILINE | re.DOTALL)
    for name in ("workflow", "config"):
        (folder / name).mkdir()
    (folder / "config" / "config.yaml").write_text(f"study: {study}\n")
    snakefile = folder / "workflow" / "Snakefile"
    snakefile.write_text(block.replace("CLONE", str(clone)))
    return snakefile


def test_the_plan_is_the_same_from_everywhere(clone: Path, tmp_path: Path) -> None:
    """Of the default target; tests/workflow/test_own_process.py names a target, and Snakefile."""
    here = counted(run(clone, *PLAN))
    assert here["all"] == here["paper"] == 1
    snakefile = clone / "workflow" / "Snakefile"
    assert counted(run(tmp_path, "-s", snakefile, "-d", clone, *PLAN)) == here
    deploy(tmp_path, clone)
    assert counted(run(tmp_path, "--dry-run", "--quiet", "host")) == here
    assert {path.name for path in tmp_path.iterdir()} == {"workflow", "config"}


def test_a_module_runs_jobs(clone: Path, tmp_path: Path) -> None:
    deploy(tmp_path, clone)
    done = run(tmp_path, "results/tiny/weights/cnn.json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (clone / "results" / "tiny" / "weights" / "cnn.json").is_file()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("workdir", "#", "this workflow runs in its repository: add --directory"),
        ("    config: config", '    config: config\n    prefix: "out"', "cannot have a prefix"),
        ('/workflow/Snakefile"', '/src/../Snakefile-alone/workflow/Snakefile"', "has no sources"),
    ],
)
def test_what_a_module_cannot_do_is_one_line(
    old: str, new: str, problem: str, clone: Path, tmp_path: Path
) -> None:
    alone = clone / "Snakefile-alone" / "workflow"
    (alone / "rules").mkdir(parents=True, exist_ok=True)
    for name in ("Snakefile", "rules/repository.smk"):
        (alone / name).write_bytes((clone / "workflow" / name).read_bytes())
    snakefile = deploy(tmp_path, clone)
    snakefile.write_text(snakefile.read_text().replace(old, new, 1))
    done = run(tmp_path, *PLAN)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2
    assert len(errors) == 1, done.stderr
    assert problem in errors[0]
    assert "Traceback" not in done.stderr


def test_no_rule_takes_files_from_another_by_its_outputs() -> None:
    """Where results lie in a bucket those are files there, which `expand` refuses."""
    for file in (REPOSITORY / "workflow" / "rules").glob("*.smk"):
        assert not re.findall(r"\brules\.\w+", file.read_text()), file.name
