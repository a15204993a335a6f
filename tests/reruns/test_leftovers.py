"""What a killed build leaves is removed by the next one, and nothing of one that lives."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartiqa.machine import presence
from smartiqa.provenance.code_digest import SOURCE
from smartiqa.reruns.leftovers import ANOTHER, clear_leftovers

LOCK = Path(".snakemake/locks/0.output.lock")
WRITING = """
from pathlib import Path
from smartiqa.core.files import replace_atomically
from smartiqa.machine.presence import be_present
be_present()
with replace_atomically(Path("results/tiny/x.json")) as temporary:
    temporary.write_text("half")
    print("ready", flush=True)
    import time; time.sleep(600)
"""
# Temporary files that lie elsewhere, with those who remove them.
ELSEWHERE = {
    *("data.fetch.extraction", "models.pretrained"),
    *("evaluation.peers", "training.launch"),
}


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    LOCK.parent.mkdir(parents=True)
    LOCK.write_text("results/tiny/x.json\n")
    Path("results/tiny/.digests").mkdir(parents=True)
    Path("results/tiny/.digests/y.json").write_text("kept")


@contextmanager
def writer() -> Iterator[subprocess.Popen[str]]:
    """A stage in the middle of writing a file."""
    variables = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
    command = [sys.executable, "-c", WRITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def cleared() -> str:
    """What a build says that starts now, in a process of its own."""
    code = "from smartiqa.reruns.leftovers import clear_leftovers; print(*clear_leftovers())"
    variables = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
    return subprocess.check_output([sys.executable, "-c", code], text=True, env=variables)


def test_nothing_of_a_living_stage_is_touched_and_all_of_a_killed_one_is_removed() -> None:
    with writer() as process:
        (unfinished,) = Path("results/tiny").glob(".unfinished-*")
        assert cleared() == f"{ANOTHER}\n"
        assert LOCK.is_file()
        assert unfinished.is_file()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert unfinished.is_file()
        said = cleared()
    assert "the lock of a build that was killed is removed" in said
    assert "1 unfinished files of a killed build are removed" in said
    assert not LOCK.exists()
    assert not unfinished.exists()
    assert Path("results/tiny/.digests/y.json").is_file()


def test_a_build_that_lives_keeps_its_lock() -> None:
    clear_leftovers()  # this process is a build now
    LOCK.parent.mkdir(exist_ok=True)
    LOCK.write_text("results/tiny/x.json\n")
    assert cleared() == f"{ANOTHER}\n"
    assert LOCK.is_file()


def test_where_another_machine_has_been_nobody_is_sure_to_be_alone() -> None:
    presence.FILE.write_text("another-machine\n")
    assert clear_leftovers() == [ANOTHER]
    assert LOCK.is_file()


def test_without_locks_nobody_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError("no locks")

    monkeypatch.setattr(presence.fcntl, "flock", unsupported)
    presence.be_present()
    assert clear_leftovers() == [ANOTHER]


def test_who_may_not_write_the_lock_of_another_user_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    presence.FILE.touch()
    opened = os.open

    def of_another(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(path)
        return opened(path, flags, mode)

    with monkeypatch.context() as patch:
        patch.setattr(presence.os, "open", of_another)
        presence.be_present()
    assert cleared() == f"{ANOTHER}\n"


def test_folders_of_killed_writers_are_removed_whole() -> None:
    left = Path("results/.unfinished-abc/results/tiny")
    left.mkdir(parents=True)
    (left / "x.json").write_text("{}")
    assert clear_leftovers()[1] == "1 unfinished files of a killed build are removed"
    assert not Path("results/.unfinished-abc").exists()


def test_every_temporary_file_of_results_is_known_by_its_name() -> None:
    others = set()
    for path in SOURCE.rglob("*.py"):
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        for call in calls:
            name = ast.unparse(call.func).split(".")[-1]
            prefixes = [ast.unparse(k.value) for k in call.keywords if k.arg == "prefix"]
            if name in ("mkstemp", "mkdtemp", "TemporaryDirectory") and prefixes != ["UNFINISHED"]:
                others.add(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    assert others == ELSEWHERE
