"""What a change plans: all that depends on it, and nothing that is equal already."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from changes import CHANGES, Change
from workspace import OWN_TARGET, planned_jobs

pytestmark = pytest.mark.study

TARGETS = {"tiny": "paper/main.pdf", "own": OWN_TARGET}


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
    jobs = planned_jobs(folder, TARGETS[change.study], change.study)
    assert jobs.keys() == change.jobs.keys()
    exact = {rule: count for rule, count in change.jobs.items() if count is not None}
    assert {rule: jobs[rule] for rule in exact} == exact
