"""Kill a build of the tiny study, over and over and in every way, and compare how it ends.

`make kills` runs it to its end: it prints what was killed, and whether the finished build has the
bytes of one that nobody disturbed. Trainings save their state after every step here, so that they
are killed within epochs. When memory runs out, a system either kills a process (SIGKILL) or refuses
it more (`MEMORY`: a limit that is set on the running process).
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

if __name__ == "__main__":  # as pytest does
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "workflow")]

from workspace import copy_repository, result_files, snakemake

from smartiqa.core.files import UNFINISHED

MEMORY = "MEMORY"
BUILD, WORKER, JOB, FORK = "build", "worker", "job", "fork"
Way = tuple[str, str]  # who is killed, and how
WAYS: tuple[Way, ...] = ((JOB, "SIGKILL"), (FORK, "SIGTERM"), (JOB, "SIGINT"), (FORK, "SIGKILL"))
MORE: dict[str, tuple[Way, ...]] = {
    "train": ((FORK, "SIGKILL"), (FORK, MEMORY), (WORKER, "SIGKILL"), (FORK, "SIGKILL"), *WAYS),
    "predict": ((WORKER, "SIGKILL"), (FORK, MEMORY), (BUILD, "SIGKILL")),
    "score": ((BUILD, "SIGINT"), (FORK, "SIGKILL"), (JOB, "SIGTERM")),
    "figure": ((WORKER, "SIGTERM"), (BUILD, "SIGTERM"), (BUILD, "SIGKILL"), (FORK, MEMORY)),
    "render": ((BUILD, "SIGKILL"), (FORK, MEMORY), *WAYS),
}
STAGES = (
    *("synthesise", "prepare", "shared-images", "store", "weights", "train", "predict", "score"),
    *("calibrate", "robustness", "masking", "attack", "embed", "feature-maps", "floors"),
    *("complexity", "timing", "cost", "collate", "claims"),
    *("figure", "render", "typeset"),
)
LATEST = {  # seconds that a job has had when it is killed, at most
    **{"train": 4.0, "timing": 3.0, "typeset": 3.0},
    **{"cost": 0.1, "shared-images": 0.5},  # which are short
}
USUALLY = 1.0
POLL = 0.01  # seconds
PATIENCE = 300.0  # seconds, for what a killed build leaves running
BUILDS = 80  # more were never needed


class Kill(NamedTuple):
    """What was done, to whom, during which kind of job."""

    stage: str
    victim: str
    way: str


class Process(NamedTuple):
    """A process of a build."""

    number: int
    parent: int
    arguments: tuple[str, ...]
    said_to: str  # where its standard error goes

    @property
    def stage(self) -> str:
        """The stage that it runs as a job, or nothing."""
        pairs = zip(self.arguments, self.arguments[1:], strict=False)
        return next((stage for module, stage in pairs if module == "smartiqa"), "")


def ways_for(stages: tuple[str, ...], each: int) -> dict[str, list[Way]]:
    """The kills that are due, by the kind of job."""
    turned = {s: [*WAYS[n % 4 :], *WAYS[: n % 4]][:each] for n, s in enumerate(stages)}
    return {stage: list(MORE.get(stage, ways)) for stage, ways in turned.items()}


def processes_in(folder: Path) -> Iterator[Process]:
    """The processes that run in a folder, but not those within it that TeX starts."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if not os.path.samefile(entry / "cwd", folder):
                continue
            arguments = (entry / "cmdline").read_text().split("\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            said_to = os.readlink(entry / "fd" / "2")
        except OSError:  # it has ended
            continue
        yield Process(int(entry.name), parent, tuple(arguments), said_to)


def victim_of(job: Process, kind: str, build: int, alive: list[Process]) -> int | None:
    """The number of the process that is to be killed, if there is one."""
    workers = [p for p in alive if "smartiqa.worker" in p.arguments and p.parent == build]
    if kind == FORK:
        forks = [p for p in alive if p.parent in {w.number for w in workers}]
        return next((p.number for p in forks if p.said_to == job.said_to), job.number)
    if kind == WORKER:
        return workers[0].number if workers else None
    return build if kind == BUILD else job.number


def kill(number: int, way: str) -> bool:
    """Kill a process, or give it no more memory; return whether it was still there."""
    try:
        if way == MEMORY:
            in_use = int(Path(f"/proc/{number}/statm").read_text().split()[0])
            limit = in_use * resource.getpagesize() + 2**20
            resource.prlimit(number, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        else:
            os.kill(number, signal.Signals[way])
    except (OSError, ValueError):
        return False
    return True


def disturbed_build(
    command: list[str], folder: Path, due: dict[str, list[Way]], draw: Random
) -> tuple[list[Kill], int]:
    """Start a build and kill what is due; return what was killed, and the build's exit status."""
    done: list[Kill] = []
    moments: dict[int, tuple[float, Way]] = {}  # of a job: when it is killed, and how
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as build:
        while build.poll() is None:
            alive = list(processes_in(folder))
            for job in (p for p in alive if due.get(p.stage)):
                after = draw.uniform(0, LATEST.get(job.stage, USUALLY))
                when = time.monotonic() + after
                moment, way = moments.setdefault(job.number, (when, due[job.stage][0]))
                if time.monotonic() < moment or way not in due[job.stage]:
                    continue
                number = victim_of(job, way[0], build.pid, alive)
                if number is not None and kill(number, way[1]):
                    due[job.stage].remove(way)
                    done.append(Kill(job.stage, *way))
                    moments[job.number] = (float("inf"), way)
            time.sleep(POLL)
    wait_for_the_rest(folder)
    return done, build.returncode


def wait_for_the_rest(folder: Path) -> None:
    """Wait until nothing of a killed build is alive, as a person does before the next try."""
    until = time.monotonic() + PATIENCE
    while list(processes_in(folder)):
        if time.monotonic() > until:
            raise AssertionError(f"still alive: {list(processes_in(folder))}")
        time.sleep(0.1)


def kill_and_finish(
    folder: Path, target: str, study: str, due: dict[str, list[Way]], seed: int = 0
) -> list[Kill]:
    """Build a target with all kills that are due, and then to its end; return the kills."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going"]
    command += ["--config", f"study={study}", "--", target]
    draw, done = Random(seed), []
    for _ in range(BUILDS):
        kills, status = disturbed_build(command, folder, due, draw)
        done += kills
        print(f"{len(done):3} kills, the build ended with {status}: {kills}", flush=True)
        if status == 0:
            break
    snakemake(folder, target, study=study)
    return done


def leftovers(folder: Path) -> list[Path]:
    """What no finished build leaves."""
    found = [*folder.rglob(f"{UNFINISHED}*"), *folder.rglob("unfinished.pt")]
    return found + list((folder / ".snakemake/locks").glob("*"))


def differing(first: Path, second: Path, study: str = "tiny") -> list[str]:
    """The results in which two builds differ."""
    one, other = result_files(first, study), result_files(second, study)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def save_every_step(folder: Path) -> None:
    """Let the trainings of a copy of the repository save their state after every step."""
    steps = folder / "src/smartiqa/training/steps.py"
    text, count = re.subn(r"(?m)^LONGEST_LOSS = .*$", "LONGEST_LOSS = 0.0", steps.read_text())
    assert count == 1
    steps.write_text(text)
    study = folder / "workflow/config/tiny.yaml"  # with more steps than an epoch of it has
    few, many = "{epochs: 2, train_crops", "{epochs: 2, batch_size: 8, train_crops"
    assert few in study.read_text()
    study.write_text(study.read_text().replace(few, many))


def went_on_within_an_epoch(folder: Path) -> int:
    """How many trainings went on between two steps, by their logs."""
    logs = folder.glob("results/*/logs/train/*.log")
    return sum(bool(re.search(r"epoch \d+ and [1-9]\d* steps", log.read_text())) for log in logs)


def table(kills: list[Kill]) -> str:
    """The kills by kind of job and by way, as Markdown."""
    ways = sorted({(kill.victim, kill.way) for kill in kills})
    counts = Counter(kills)
    lines = ["| during | " + " | ".join(f"{way} {who}" for who, way in ways) + " | all |"]
    lines.append("|---" * (len(ways) + 2) + "|")
    for stage in (*STAGES, "all"):
        row = [
            sum(n for k, n in counts.items() if k[1:] == way and stage in (k.stage, "all"))
            for way in ways
        ]
        lines.append(f"| {stage} | " + " | ".join(map(str, [*row, sum(row)])) + " |")
    return "\n".join(lines)


def main() -> None:
    """Build twice, once with kills, and compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="an empty one, for two builds (1 GB)")
    parser.add_argument("--each", type=int, default=3, help="kills of each kind of job")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folders = whole, killed = [given.folder / name for name in ("whole", "killed")]
    for folder in folders:
        if not folder.exists():
            save_every_step(copy_repository(folder))
    snakemake(whole, "paper/main.pdf")
    due = ways_for(STAGES, given.each)
    kills = kill_and_finish(killed, "paper/main.pdf", "tiny", due, given.seed)
    print(table(kills))
    left = {stage: ways for stage, ways in due.items() if ways}
    print(f"{len(kills)} kills; not met: {left or 'none'}")
    print(
        f"trainings whose last process went on between two steps: {went_on_within_an_epoch(killed)}"
    )
    different, rest = differing(whole, killed), leftovers(killed)
    print(f"{len(result_files(whole))} files compared, {len(different)} differ: {different}")
    print(f"left behind: {rest or 'nothing'}")
    sys.exit(bool(different or rest or len(kills) < 60))


if __name__ == "__main__":
    main()
