"""Processes that share a machine's GPUs: real processes, made-up GPUs."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import pytest

from command_line import variables
from smartiqa.machine.gpus import VARIABLE, choose_gpu, gpu_of_rank, visible_gpus

# Takes a GPU, says which, and works until its end.
JOB = """
import sys
from smartiqa.machine.gpus import choose_gpu, claim_share
print(choose_gpu(sys.argv[1:], claim_share), flush=True)
sys.stdin.read()
"""
# Sets itself up twice on a machine that seems to have two GPUs.
SET_UP = """
import os, torch
from smartiqa.machine.process import set_up_process
torch.cuda.device_count = lambda: {number}
for device in {devices}:
    set_up_process(1, device)
    print(os.environ.get("CUDA_VISIBLE_DEVICES"))
"""
Job = subprocess.Popen[str]


@pytest.fixture
def gpus() -> list[str]:
    """Two GPUs that no other process of this machine knows."""
    return [f"GPU-{uuid.uuid4()}" for _ in range(2)]


@pytest.fixture
def start() -> Iterator[Callable[..., Job]]:
    """Start a job that may have some GPUs."""
    jobs: list[Job] = []

    def started(*gpus: str) -> Job:
        command, pipe = [sys.executable, "-c", JOB, *gpus], subprocess.PIPE
        jobs.append(subprocess.Popen(command, env=variables(), stdin=pipe, stdout=pipe, text=True))
        return jobs[-1]

    yield started
    for job in jobs:
        job.kill()
        job.communicate()


def seen_by(job: Job) -> str:
    assert job.stdout is not None
    return job.stdout.readline().strip()


@pytest.mark.parametrize(
    ("listed", "number", "expected"),
    [
        (None, 0, []),
        (None, 3, ["0", "1", "2"]),
        ("", 0, []),
        ("1", 1, ["1"]),
        ("2, 0", 2, ["2", "0"]),
        ("GPU-1b5d,GPU-77aa", 2, ["GPU-1b5d", "GPU-77aa"]),
        ("MIG-9f", 1, ["MIG-9f"]),
        ("0,-1,1", 1, ["0"]),
        ("7", 0, []),
    ],
)
def test_gpus_are_those_that_may_be_seen(
    listed: str | None, number: int, expected: list[str]
) -> None:
    assert visible_gpus(listed, number) == expected


@pytest.mark.parametrize(
    ("gpus", "rank", "size", "expected"),
    [
        (["0", "1", "2", "3"], 2, 4, "2"),  # on a cluster, whatever other jobs have
        (["4", "5"], 1, 2, "5"),
        (["0", "1", "2", "3"], 1, 2, None),  # two teams may be at work: what is free says it
        (["0"], 0, 1, None),
    ],
)
def test_a_team_that_has_all_gpus_has_one_each(
    gpus: list[str], rank: int, size: int, expected: str | None
) -> None:
    variables = {"LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)}
    assert gpu_of_rank(gpus, variables) == expected
    assert gpu_of_rank(gpus, {}) is None


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "a"),
        (["a, share 0"], "b"),
        (["b, share 0"], "a"),
        (["a, share 0", "b, share 0"], "a"),
        (["a, share 0", "b, share 0", "a, share 1"], "b"),
        (["a, share 1", "b, share 0"], "a"),
    ],
)
def test_every_gpu_is_shared_before_one_is_shared_again(taken: list[str], expected: str) -> None:
    assert choose_gpu(["a", "b"], lambda share: share not in taken) == expected


def test_each_job_has_its_own_gpu_and_a_killed_one_leaves_it(
    gpus: list[str], start: Callable[..., Job]
) -> None:
    jobs = [start(*gpus), start(*gpus)]
    having = {seen_by(job): job for job in jobs}
    assert set(having) == set(gpus)
    for gpu in reversed(gpus):
        having[gpu].kill()
        having[gpu].wait()
        assert seen_by(start(*gpus)) == gpu


def test_more_jobs_than_gpus_share_them_evenly(gpus: list[str], start: Callable[..., Job]) -> None:
    jobs = [start(*gpus) for _ in range(4)]
    assert sorted(seen_by(job) for job in jobs) == sorted(2 * gpus)


def test_a_job_that_may_have_one_gpu_has_it(gpus: list[str], start: Callable[..., Job]) -> None:
    assert [seen_by(start(*those)) for those in (gpus[:1], gpus, gpus[:1])] == [*gpus, gpus[0]]


@pytest.mark.parametrize(
    ("allowed", "number", "devices", "expected"),
    [
        ("{gpus}", 2, ["cpu", "auto", "auto"], ["{gpus}", "{first}", "{first}"]),
        (None, 0, ["auto"], ["None"]),
        ("", 0, ["auto"], [""]),
        ("3", 0, ["auto"], ["3"]),
    ],
    ids=["two GPUs", "none", "hidden", "lost"],
)
def test_a_process_sees_the_gpu_that_it_takes(
    allowed: str | None, number: int, devices: list[str], expected: list[str], gpus: list[str]
) -> None:
    """Nothing changes for one that needs none, or where there is none."""
    given = {name: value for name, value in variables().items() if name != VARIABLE}
    if allowed is not None:
        given[VARIABLE] = allowed.format(gpus=",".join(gpus))
    script = SET_UP.format(number=number, devices=devices)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
    filled = [text.format(gpus=",".join(gpus), first=gpus[0]) for text in expected]
    assert done.stdout.split("\n")[:-1] == filled
