"""From `smartiqa new-study` to what the workflow plans."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import REPOSITORY, copy_repository, planned_jobs, snakemake, write_textures


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a study of one model that `new-study` wrote."""
    folder = copy_repository(tmp_path_factory.mktemp("new"))
    write_textures(folder / "data" / "own", 30)
    (folder / "data" / "own" / "manifest.csv").unlink()
    rows = [f"texture{number}.jpg,{number}" for number in range(1, 31)]
    (folder / "data" / "own" / "labels.csv").write_text("\n".join(["image,MOS", *rows]))
    (folder / "data" / "demo").symlink_to(REPOSITORY / "data" / "demo")
    command = [sys.executable, "-m", "smartiqa", "new-study", "own", "--images", "data/own"]
    subprocess.run(
        [*command, "--backbone", "demo-tiny"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        check=True,
    )
    return folder


def test_a_new_study_plans_its_paper_and_no_exhibit_that_it_cannot_fill(workspace: Path) -> None:
    jobs = planned_jobs(workspace, study="own")
    assert (jobs["train"], jobs["prepare"], jobs["paper"]) == (3, 1, 1)
    printed = snakemake(workspace, "--dry-run", "--", "paper/main.pdf", study="own").stdout
    made = set(re.findall(r"^ +output: (\S+)$", printed, re.MULTILINE))
    there = {"figures/predictions.pdf", "figures/training_curves.pdf", "paper/tables/metrics.tex"}
    gone = {"figures/losses.pdf", "figures/cross_dataset.pdf", "paper/tables/ablation.tex"}
    assert there <= made
    assert not gone & made
