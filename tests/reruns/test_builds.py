"""Builds that live in one clone, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartiqa.machine.presence import FOLDER
from smartiqa.provenance.code_digest import SOURCE
from smartiqa.reruns import builds
from smartiqa.reruns.leftovers import ANOTHER, clear_leftovers

BUILD = """
import sys
from smartiqa.reruns.builds import claim
from smartiqa.reruns.leftovers import clear_leftovers
clear_leftovers()
print(claim(sys.argv[1:]), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def build(*files: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A build that lives until it is killed, and what it was told of these files."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, *files],
        stdin=pipe,
        stdout=pipe,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE.parent)},
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_file_is_made_by_one_living_build(clone: Path) -> None:
    with build("a", "b") as (first, said):
        assert said == "None"
        with build("c", "b") as (_, said_of_the_same):
            assert said_of_the_same == str(clone / "b")
        with build("c") as (_, said_of_others):
            assert said_of_others == "None"
            made = [["a", "b"], ["c"]]
            assert sorted(map(sorted, builds.at_work())) == [
                [str(clone / name) for name in names] for names in made
            ]
        assert len(builds.at_work()) == 1  # whose end takes nothing from the first
        with build("b") as (_, said_later):
            assert said_later == str(clone / "b")
        first.kill()
        first.wait()
        with build("b") as (_, said_at_last):
            assert said_at_last == "None"
    assert builds.at_work() == []
    assert not list((FOLDER / builds.FOLDER).iterdir())


def test_where_files_cannot_be_locked_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError("no locks")

    with build("a"):
        monkeypatch.setattr(builds.fcntl, "flock", unsupported)
        assert builds.claim(["a"]) is None
        assert builds.at_work() == []


def test_where_snakemake_has_not_run_nobody_is_at_work() -> None:
    assert builds.at_work() == []
    assert not FOLDER.exists()


def test_clones_with_one_folder_of_results_are_kept_apart(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = clone / "disk"
    for name in ("one", "other", "third"):
        (clone / name).mkdir()
    disk.mkdir()
    for name in ("one", "other"):
        (clone / name / "results").symlink_to(disk)
    monkeypatch.chdir(clone / "one")
    with build("results/a", "figures/a") as (_, said):
        assert said == "None"
        assert clear_leftovers() == [ANOTHER]
        monkeypatch.chdir(clone / "other")
        assert clear_leftovers() == [ANOTHER]
        with build("results/a") as (_, said_of_the_same):
            assert said_of_the_same == str(disk / "a")
        with build("figures/a") as (_, said_of_its_own):
            assert said_of_its_own == "None"
        monkeypatch.chdir(clone / "third")
        assert clear_leftovers() == []
