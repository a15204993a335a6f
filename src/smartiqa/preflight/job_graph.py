"""The jobs of a build and what waits for what, as Snakemake itself plans them.

Snakemake prints its plan (`--dry-run`) job by job, with files, threads and GPUs; which job waits
for which follows from the files. Its own drawings of the graph leave out the wildcards.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from smartiqa.core.errors import InputError
from smartiqa.machine.isolation import clean_environment

MOST_CORES = 1024  # with fewer, Snakemake cuts down what a job asks for
JOB = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):\n((?:    .*\n)+)", re.MULTILINE)
FIELD = re.compile(r"^    (input|output|threads|wildcards|resources): (.*)$", re.MULTILINE)
GPUS = re.compile(r"\bgpu=(\d+)")
MARK = re.compile(r" \(update\)$")


class Job(NamedTuple):
    """A job of a build.

    Attributes:
        rule: its rule.
        wildcards: by name.
        outputs: its files.
        after: places in the list of the jobs that it waits for, which stand before it.
        threads: that it takes.
        gpus: that it takes.
    """

    rule: str
    wildcards: Mapping[str, str]
    outputs: tuple[str, ...]
    after: tuple[int, ...]
    threads: int
    gpus: int

    @property
    def name(self) -> str:
        """The rule with the values of its wildcards."""
        return " ".join([self.rule, *self.wildcards.values()])


def planned_jobs(study: str, target: str, *, everything: bool) -> list[Job]:
    """Ask Snakemake in the present folder what it would run.

    Args:
        study: its name.
        target: a file or rule.
        everything: whether finished jobs count, too.

    Raises:
        InputError: there is no workflow here, or Snakemake cannot plan; with its own last line.
    """
    if not Path("Snakefile").is_file():
        raise InputError("there is no Snakefile here: call this in the folder of the repository")
    command = [sys.executable, "-m", "snakemake", "--dry-run", f"--cores={MOST_CORES}"]
    command += [f"--resources=gpu={MOST_CORES}", "--quiet=reason", *["--forceall"] * everything]
    done = subprocess.run(
        [*command, "--config", f"study={study}", "--", target],
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        problem = said[-1].removeprefix("error: ") if said else f"status {done.returncode}"
        raise InputError(f"Snakemake cannot plan {target}: {problem}")
    return jobs_of(done.stdout + done.stderr)


def jobs_of(printed: str) -> list[Job]:
    """Read the jobs of a printed plan, in an order in which each stands after what it waits for."""
    found = [(rule, dict(FIELD.findall(text))) for rule, text in JOB.findall(printed)]
    # Rules that only name files to make have no output and take no time.
    found = [(rule, fields) for rule, fields in found if "output" in fields]
    outputs = [_files(fields, "output") for _, fields in found]
    maker = {file: number for number, files in enumerate(outputs) for file in files}
    waits = [
        sorted({maker[file] for file in _files(fields, "input") if file in maker})
        for _, fields in found
    ]
    order = _in_order(waits)
    place = {number: new for new, number in enumerate(order)}
    return [
        Job(
            rule=found[number][0],
            wildcards=dict(
                part.split("=", 1) for part in _listed(found[number][1].get("wildcards", ""))
            ),
            outputs=tuple(outputs[number]),
            after=tuple(sorted(place[before] for before in waits[number])),
            threads=int(found[number][1].get("threads", 1)),
            gpus=int((GPUS.search(found[number][1].get("resources", "")) or [0, 0])[1]),
        )
        for number in order
    ]


def _files(fields: Mapping[str, str], kind: str) -> list[str]:
    return [MARK.sub("", file) for file in _listed(fields.get(kind, ""))]


def _listed(text: str) -> list[str]:
    return text.split(", ") if text else []


def _in_order(waits: Sequence[Sequence[int]]) -> list[int]:
    """Order jobs so that each stands after what it waits for, otherwise as they stand."""
    order: list[int] = []
    placed: set[int] = set()
    for start in range(len(waits)):
        stack = [start]
        while stack:
            if missing := [before for before in waits[stack[-1]] if before not in placed]:
                stack += missing[:1]
                continue
            if (number := stack.pop()) not in placed:
                placed.add(number)
                order.append(number)
    return order
