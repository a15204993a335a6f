"""Builds that live in one clone, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartiqa.provenance.code_digest import SOURCE
from smartiqa.reruns import builds

BUILD = """
import sys
from smartiqa.reruns.builds import claim
made, _, read = " ".join(sys.argv[1:]).partition(" -- ")
print(claim(made.split(), read.split()), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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


def test_a_file_is_made_by_one_living_build() -> None:
    with build("a", "b") as (first, said):
        assert said == "None"
        with build("c", "b") as (_, said_of_the_same):
            assert said_of_the_same == "b"
        with build("c") as (_, said_of_others):
            assert said_of_others == "None"
            assert sorted(sorted(other.made) for other in builds.at_work()) == [["a", "b"], ["c"]]
        assert [sorted(other.made) for other in builds.at_work()] == [
            ["a", "b"]
        ]  # whose end takes nothing from the first
        with build("b") as (_, said_later):
            assert said_later == "b"
        first.kill()
        first.wait()
        with build("b") as (_, said_at_last):
            assert said_at_last == "None"
    assert builds.at_work() == []
    with build("d"):
        assert len(list(builds.FOLDER.iterdir())) == 1  # those of dead builds are gone


def test_what_a_build_reads_is_made_by_no_other() -> None:
    with build("a", "--", "b") as (_, said):
        assert said == "None"
        for files, disputed in (
            (("b",), "b"),
            (("c", "--", "a"), "a"),
            (("c", "--", "b"), "None"),
        ):
            with build(*files) as (_, said_of_others):
                assert said_of_others == disputed


def test_a_list_of_another_machine_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with build("a"):
        pass
    (left,) = builds.FOLDER.iterdir()
    monkeypatch.setattr(builds.platform, "node", lambda: "another-machine")
    builds._remove_dead()
    assert left.is_file()


def test_where_files_cannot_be_locked_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError("no locks")

    with build("a"):
        monkeypatch.setattr(builds.fcntl, "flock", unsupported)
        assert builds.claim(["a"]) is None
        assert builds.at_work() == []


def test_where_snakemake_has_not_run_nobody_is_at_work() -> None:
    assert builds.at_work() == []
    assert not builds.FOLDER.exists()
