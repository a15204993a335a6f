"""The worker of a build: its forks do what a job does by itself, and end as it would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from command_line import INTERRUPTED
from smartiqa.machine.isolation import clean_environment
from smartiqa.worker import ADDRESS, JOBS_WITHOUT

PACKAGE = Path(__file__).parents[1] / "src" / "smartiqa"
PATIENCE = 60  # seconds
START = """
import sys
from smartiqa.worker import Worker
worker = Worker()
worker.start()
print(worker.prelude(), flush=True)
sys.stdin.readline()
worker.stop()
"""
STAGE = '''
def main(do: str, file: str = "") -> None:
    """Do what a test asks for."""
    import json, os, sys, time
    from pathlib import Path
    from smartiqa.core.errors import InputError
    if file:
        Path(file).write_text(str(os.getpid()))
    if do == "describe":
        forked = "smartiqa.worker" in sys.orig_argv
        print(json.dumps([forked, os.getcwd(), dict(os.environ), "torch" in sys.modules]))
    elif do == "fail":
        raise InputError("row 3 is empty")
    elif do == "break":
        raise KeyError("a defect")
    elif do == "repeat":
        sys.stdout.write(sys.stdin.read())
    else:
        time.sleep(float(do))
        if file:
            Path(file + ".done").touch()
'''


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with a stage that does what a test asks for."""
    copy = tmp_path_factory.mktemp("src")
    shutil.copytree(PACKAGE, copy / "smartiqa", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "smartiqa" / "stages" / "made_up.py").write_text(STAGE)
    return copy


def variables(source: Path, **more: str) -> dict[str, str]:
    """The clean variables of a job whose package lies in `source`."""
    return clean_environment(os.environ) | {"PYTHONPATH": str(source)} | more


@contextmanager
def building(source: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that has started a worker, and where the worker listens."""
    with subprocess.Popen(
        [sys.executable, "-c", START],
        env=variables(source),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    ) as build:
        assert build.stdout is not None
        address = build.stdout.readline().strip().removeprefix(f"export {ADDRESS}=").strip(";")
        yield build, address
        if build.poll() is None:
            build.communicate("\n", timeout=PATIENCE)
    soon(lambda: not Path(address).parent.exists())


@pytest.fixture(scope="module")
def address(source: Path) -> Iterator[str]:
    """Where a worker listens."""
    with building(source) as (_, address):
        yield address


def job(source: Path, *arguments: str, address: str = "", **more: str) -> subprocess.Popen[str]:
    """A job, handed over to the worker if it is told where that listens."""
    told = {ADDRESS: address} if address else {}
    return subprocess.Popen(
        [sys.executable, "-m", "smartiqa", *arguments],
        env=variables(source, **told, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )


def hear_interrupts() -> None:
    """Undo what a shell does that started the tests in its background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def described(source: Path, **more: str) -> Any:
    """What a stage sees: whether it is a fork, its folder, its variables, and loaded libraries."""
    shown, said = job(source, "made-up", "describe", **more).communicate(timeout=PATIENCE)
    assert said == ""
    return json.loads(shown)


def soon(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def pid_in(file: Path) -> int:
    """The number of the process that wrote it into a file."""
    soon(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def ended(pid: int) -> bool:
    """Whether there is no such process."""
    return not Path("/proc", str(pid)).exists()


@pytest.mark.parametrize(
    "arguments",
    [["made-up", "fail"], ["made-up", "break"], ["made-up", "0"], ["-h"], ["nosuch"], ["made-up"]],
)
def test_a_fork_says_and_ends_what_the_job_does_by_itself(
    source: Path, address: str, arguments: list[str]
) -> None:
    alone, forked = job(source, *arguments), job(source, *arguments, address=address)
    assert forked.communicate(timeout=PATIENCE) == alone.communicate(timeout=PATIENCE)
    assert forked.returncode == alone.returncode


def test_a_fork_has_folder_variables_and_streams_of_its_job(source: Path, address: str) -> None:
    marked = {"TERM": "made-up"}
    alone, forked = described(source, **marked), described(source, address=address, **marked)
    assert (alone[0], forked[0]) == (False, True)
    for unlike in ("SMARTIQA_STARTED_ANEW", ADDRESS):
        assert unlike not in forked[2]
    assert forked[1:3] == alone[1:3]
    repeating = job(source, "made-up", "repeat", address=address)
    assert repeating.communicate("three\nlines\n", timeout=PATIENCE)[0] == "three\nlines\n"


@pytest.mark.parametrize(
    "unlike",
    [{"LD_LIBRARY_PATH": "/nowhere"}, {"PYTHONUNBUFFERED": "made-up"}, {"PYTHONHASHSEED": "7"}],
)
def test_a_job_runs_by_itself_where_a_fork_would_differ(
    source: Path, address: str, unlike: dict[str, str]
) -> None:
    assert described(source, address=address, **unlike)[0] is False
    assert described(source, address=f"{address}-that-is-gone")[0] is False


def test_what_is_too_long_to_hand_over_runs_by_itself(source: Path, address: str) -> None:
    long = job(source, "made-up", "fail", "--file", '"' * 70_000, address=address)
    assert "File name too long" in long.communicate(timeout=PATIENCE)[1]
    assert described(source, address=address)[0] is True  # the worker still answers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_fork_is_told_or_killed_with_its_job(
    source: Path, address: str, number: signal.Signals, tmp_path: Path
) -> None:
    waiting = job(source, "made-up", "90", "--file", str(tmp_path / "pid"), address=address)
    fork = pid_in(tmp_path / "pid")
    assert fork != waiting.pid
    waiting.send_signal(number)
    _, said = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == (INTERRUPTED if number == signal.SIGINT else -number)
    assert said == ""
    soon(lambda: ended(fork))


def test_a_job_ends_as_its_fork_was_killed(source: Path, address: str, tmp_path: Path) -> None:
    waiting = job(source, "made-up", "90", "--file", str(tmp_path / "pid"), address=address)
    os.kill(pid_in(tmp_path / "pid"), signal.SIGKILL)
    _, said = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == -signal.SIGKILL
    assert said == "error: ended by signal 9 (Killed); the system does so when memory runs out\n"


def test_there_is_no_worker_where_its_socket_cannot_be(source: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    started = subprocess.run(
        [sys.executable, "-c", START],
        env=variables(source, TMPDIR=str(deep)),
        input="\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stderr == ""
    assert list(deep.iterdir()) == []


def test_many_jobs_at_once_each_get_their_own_answer(source: Path, address: str) -> None:
    waiting = [
        job(source, "made-up", ("fail", "break", "0")[n % 3], address=address) for n in range(18)
    ]
    said = [one.communicate(timeout=PATIENCE)[1] for one in waiting]
    assert [one.returncode for one in waiting] == [2, 1, 0] * 6, "".join(said)


def test_our_code_is_read_as_it_lies_on_disk(source: Path, address: str) -> None:
    file = source / "smartiqa" / "machine" / "isolation.py"
    text = file.read_text()
    try:
        file.write_text(text.replace('"TZ": "UTC"', '"TZ": "UTC", "NEW": "1"'))
        assert described(source, address=address, NEW="1")[2]["NEW"] == "1"
        stage = source / "smartiqa" / "stages" / "made_up.py"
        stage.write_text(STAGE.replace("row 3", "row 4"))
        failing = job(source, "made-up", "fail", address=address)
        assert failing.communicate(timeout=PATIENCE)[1] == "error: row 4 is empty\n"
    finally:
        file.write_text(text)


def test_libraries_are_loaded_once_there_are_many_jobs(source: Path) -> None:
    with building(source) as (_, address):
        for _ in range(JOBS_WITHOUT):
            assert described(source, address=address)[3] is False
        soon(lambda: bool(described(source, address=address)[3]))


def test_jobs_go_on_when_the_build_is_killed(source: Path, tmp_path: Path) -> None:
    with building(source) as (build, address):
        last = job(source, "made-up", "2", "--file", str(tmp_path / "pid"), address=address)
        pid_in(tmp_path / "pid")
        build.kill()
        soon(lambda: not Path(address).parent.exists())
        assert described(source, address=address)[0] is False
        last.communicate(timeout=PATIENCE)
    assert last.returncode == 0
    assert (tmp_path / "pid.done").exists()


def test_a_fork_ends_with_the_worker_and_its_job_says_so(source: Path, tmp_path: Path) -> None:
    with building(source) as (_, address):
        lost = job(source, "made-up", "90", "--file", str(tmp_path / "pid"), address=address)
        fork = pid_in(tmp_path / "pid")
        stat = Path("/proc", str(fork), "stat").read_text()
        os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)
        lost.communicate(timeout=PATIENCE)
        assert lost.returncode == -signal.SIGKILL
        soon(lambda: ended(fork))
        shutil.rmtree(Path(address).parent)
