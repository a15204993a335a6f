"""Jobs and the worker are killed, and the build goes on to the same end; `make kills` does more."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspace import OWN_TARGET, add_own_images, copy_repository

from kills import FORK, JOB, WORKER, Way, differing, kill_and_finish, leftovers

pytestmark = pytest.mark.study


def test_a_build_that_is_killed_ends_like_any_other(finished_own: Path, tmp_path: Path) -> None:
    folder = copy_repository(tmp_path / "killed")
    add_own_images(folder)
    due: dict[str, list[Way]] = {
        "prepare": [(FORK, "SIGKILL")],
        "store": [(JOB, "SIGTERM")],
        "train": [(WORKER, "SIGKILL"), (JOB, "SIGKILL")],
    }
    kills = kill_and_finish(folder, OWN_TARGET, "own", due)
    assert len(kills) >= 2
    assert differing(finished_own, folder, "own") == []
    assert leftovers(folder) == []
