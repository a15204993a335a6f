"""Results that were made elsewhere, from an archive or a shared place, are not made again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from changes import replace
from workspace import OWN_TARGET, REPOSITORY, copy_repository, planned_jobs, snakemake

pytestmark = pytest.mark.study

RUN = Path("results/own/runs/C0/seed1")
LOG = Path("results/own/logs/train/C0-seed1.log")


def call(
    folder: Path, stage: str, *arguments: str | Path, python: str | Path = sys.executable
) -> None:
    """Run a stage in a clone, with the clone's own code."""
    subprocess.run(
        [python, "-m", "smartiqa", stage, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        check=True,
    )


@pytest.fixture(scope="module")
def archives(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny study's archive, whole and without its large parts."""
    folder = tmp_path_factory.mktemp("archives")
    call(finished, "export-results", "tiny", "-o", folder / "whole.zip")
    small = ("--without-stores", "--without-weights")
    call(finished, "export-results", "tiny", "-o", folder / "small.zip", *small)
    return folder


def test_imported_results_plan_nothing(archives: Path, tmp_path: Path) -> None:
    clone = copy_repository(tmp_path / "another place" / "clone")
    call(clone, "import-results", archives / "whole.zip")
    assert planned_jobs(clone) == {}


@pytest.mark.parametrize("minor", [12, 13])
@pytest.mark.parametrize("archive", ["whole.zip", "small.zip"])
def test_imported_results_plan_nothing_under_another_python(
    archives: Path, tmp_path: Path, archive: str, minor: int
) -> None:
    python = REPOSITORY / f".venv-3.{minor}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no .venv-3.{minor}: make test-pythons makes it")
    clone = copy_repository(tmp_path / "clone")
    call(clone, "import-results", archives / archive, python=python)
    assert planned_jobs(clone, python=python) == {}


def test_results_without_stores_plan_what_differs(archives: Path, tmp_path: Path) -> None:
    clone = copy_repository(tmp_path / "clone")
    template = clone / "paper" / "sections" / "conclusion.tex.j2"
    template.write_text(template.read_text() + "\nThe end.\n")
    call(clone, "import-results", archives / "small.zip")
    # The index of provenance reads all templates.
    assert planned_jobs(clone) == {"table": 1, "text": 1, "paper": 1}
    snakemake(clone, "paper/main.pdf")
    replace("data/tiny/texture2.jpg", old_time=True)(clone)
    jobs = planned_jobs(clone)
    assert jobs["synthesise"] == 1
    assert jobs["train"] == 10


@pytest.fixture(scope="module")
def shared(finished_own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared place with the run that a first clone trained."""
    folder = tmp_path_factory.mktemp("first")
    snakemake(
        untrained(finished_own, folder / "clone"), OWN_TARGET, study="own", shared=folder / "shared"
    )
    return folder / "shared"


def untrained(finished: Path, folder: Path) -> Path:
    """A copy of a finished study of own images, in which all is ready for the training."""
    shutil.copytree(finished, folder, symlinks=True)
    shutil.rmtree(folder / RUN)
    return folder


def test_a_colleagues_training_is_taken(shared: Path, finished_own: Path, tmp_path: Path) -> None:
    clone, first = untrained(finished_own, tmp_path / "clone"), shared.parent / "clone"
    snakemake(clone, OWN_TARGET, study="own", shared=shared)
    assert f"taken from {shared}" in (clone / LOG).read_text()
    names = {path.name for path in (clone / RUN).iterdir() if path.is_file()}
    assert "environment.json" in names  # with the first one's duration
    assert all((clone / RUN / n).read_bytes() == (first / RUN / n).read_bytes() for n in names)
    assert planned_jobs(clone, OWN_TARGET, "own") == {}  # where runs are shared is no reason


def test_a_poisoned_run_is_refused_and_trained(
    shared: Path, finished_own: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(shared, tmp_path / "shared"))
    (entry,) = place.iterdir()
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    entry.write_bytes(content)
    clone = untrained(finished_own, tmp_path / "clone")
    snakemake(clone, OWN_TARGET, study="own", shared=place)
    log = (clone / LOG).read_text()
    assert f"the shared run {entry.name} in {place} is refused" in log
    assert "train_loss" in log
    best = RUN / "best.safetensors"
    assert (clone / best).read_bytes() == (shared.parent / "clone" / best).read_bytes()
