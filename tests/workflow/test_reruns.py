"""What a change plans: all that depends on it, and nothing that is equal already."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from changes import CHANGES, Change
from workspace import OWN_TARGET, snakemake

pytestmark = pytest.mark.study

TARGETS = {"tiny": "paper/main.pdf", "own": OWN_TARGET}


def planned_jobs(folder: Path, study: str = "tiny") -> dict[str, int]:
    """Count the jobs of each rule in a dry run."""
    options = ("--dry-run", "--quiet", "host", "--", TARGETS[study])
    printed = snakemake(folder, *options, study=study).stdout
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", printed, re.M)}
    jobs.pop("total", None)
    return jobs


@pytest.fixture
def studies(finished: Path, finished_own: Path) -> dict[str, Path]:
    """The finished studies by name."""
    return {"tiny": finished, "own": finished_own}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_plans_what_depends_on_it(
    change: Change, studies: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(studies[change.study], folder, symlinks=True)
    change.make(folder)
    jobs = planned_jobs(folder, change.study)
    assert jobs.keys() == change.jobs.keys()
    exact = {rule: count for rule, count in change.jobs.items() if count is not None}
    assert {rule: jobs[rule] for rule in exact} == exact
