"""How long a build takes on so many GPUs or cores, and what that costs.

Jobs and what waits for what are Snakemake's. A job takes what it took before, if that is recorded;
a training, what `smartiqa.training.plan` estimates; any other job, the median of its rule. A job
starts as soon as what it waits for is there and its GPUs and cores are free.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from smartiqa.config.experiment import Schedule as Asked
from smartiqa.core.errors import InputError
from smartiqa.core.strict import Count, NonNegative, Strict, Text, validated
from smartiqa.core.yaml_files import read_yaml
from smartiqa.preflight.job_graph import Job
from smartiqa.reruns.job_ledger import LEDGER, read_ledger
from smartiqa.results.study_results import Results
from smartiqa.training.plan import aligned, planned

MOST_SHOWN = 12  # jobs of the longest chain


class Machine(Strict):
    """What a GPU costs, with its share of the machine around it.

    Attributes:
        price: of an hour that a GPU is reserved, whether it works or not.
        currency: of the price.
        watts: of a GPU that works.
        idle_watts: of one that waits.
        cores: for each GPU.
    """

    price: NonNegative = 0.0
    currency: Text = "USD"
    watts: NonNegative = 0.0
    idle_watts: NonNegative = 0.0
    cores: Count = 8


class Place(NamedTuple):
    """What jobs share; None is as much as they like."""

    gpus: int | None
    cores: int | None

    def __str__(self) -> str:
        return f"{self.cores} core(s)" if self.gpus is None else f"{self.gpus} GPU(s)"


class Times(NamedTuple):
    """Seconds of each job, and the rules of which nothing is known."""

    seconds: list[float]
    unknown: list[str]


class Course(NamedTuple):
    """What a simulated build comes to.

    Attributes:
        seconds: from the start to the end of the last job.
        gpu_seconds: in which GPUs work, added up.
        core_seconds: in which threads work, added up.
    """

    seconds: float
    gpu_seconds: float
    core_seconds: float

    def busy(self, place: Place) -> float:
        """Return the share of GPUs, or of cores, that works on average."""
        used, there = (
            (self.core_seconds, place.cores)
            if place.gpus is None
            else (self.gpu_seconds, place.gpus)
        )
        return used / (self.seconds * (there or math.inf)) if self.seconds else 0.0


def read_machine_file(path: Path) -> Machine:
    """Read what a machine costs.

    Raises:
        InputError: the file is missing or breaks the schema; all problems are named.
    """
    return validated(Machine, read_yaml(path), str(path))


def recorded_seconds(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Read how long jobs took, by output, and the median of each rule, from a `jobs.json`.

    Raises:
        InputError: the file is damaged or something else.
    """
    by_output: dict[str, float] = {}
    jobs: dict[str, dict[Any, float]] = {}
    for output, entry in read_ledger(path).items():
        record = entry["record"]
        start, end, rule = (record.get(key) for key in ("starttime", "endtime", "rule"))
        if isinstance(start, int | float) and isinstance(end, int | float) and end >= start:
            by_output[output] = end - start
            jobs.setdefault(str(rule), {})[(start, end)] = end - start  # once for all its outputs
    return by_output, {rule: median(times.values()) for rule, times in jobs.items()}


def seconds_of(
    jobs: Sequence[Job],
    recorded: Mapping[str, float],
    by_rule: Mapping[str, float],
    trainings: Mapping[str, float],
) -> Times:
    """Return how long each job takes; nothing where nothing is known.

    Args:
        jobs: of a build.
        recorded: seconds by output, of jobs that ran.
        by_rule: seconds by rule, for the others.
        trainings: estimated seconds of a training, by experiment.
    """
    seconds, unknown = [], set()
    for job in jobs:
        known = next((recorded[file] for file in job.outputs if file in recorded), None)
        if known is None and job.rule == "train":
            known = trainings.get(job.wildcards["experiment"])
        if known is None:
            known = by_rule.get(job.rule)
        if known is None:
            unknown.add(job.rule)
        seconds.append(known or 0.0)
    return Times(seconds, sorted(unknown))


def course(jobs: Sequence[Job], seconds: Sequence[float], place: Place) -> Course:
    """Let jobs run one after the other and side by side, and return how long that takes.

    Of the jobs that can start, the first in the list starts first. One that asks for more than
    there is gets all of it, as Snakemake has it.
    """
    gpus = math.inf if place.gpus is None else place.gpus
    cores = math.inf if place.cores is None else place.cores
    asked = [(min(job.gpus, gpus), min(job.threads, cores)) for job in jobs]
    waiting = [len(job.after) for job in jobs]
    followers: list[list[int]] = [[] for _ in jobs]
    for number, job in enumerate(jobs):
        for before in job.after:
            followers[before].append(number)
    ready = [number for number, count in enumerate(waiting) if not count]
    running: list[tuple[float, int]] = []
    now = gpu_seconds = core_seconds = 0.0
    while ready or running:
        held = []
        while ready:
            number = heapq.heappop(ready)
            if asked[number][0] > gpus or asked[number][1] > cores:
                held.append(number)
                continue
            gpus, cores = gpus - asked[number][0], cores - asked[number][1]
            heapq.heappush(running, (now + seconds[number], number))
        ready = held
        now, ended = heapq.heappop(running)
        gpus, cores = gpus + asked[ended][0], cores + asked[ended][1]
        gpu_seconds += asked[ended][0] * seconds[ended]
        core_seconds += asked[ended][1] * seconds[ended]
        for number in followers[ended]:
            waiting[number] -= 1
            if not waiting[number]:
                heapq.heappush(ready, number)
    return Course(now, gpu_seconds, core_seconds)


def longest_chain(jobs: Sequence[Job], seconds: Sequence[float]) -> tuple[float, list[int]]:
    """Return how long jobs take that wait for each other, at most, and which these are."""
    ends: list[float] = []
    for job, own in zip(jobs, seconds, strict=True):
        ends.append(own + max((ends[before] for before in job.after), default=0.0))
    if not jobs:
        return 0.0, []
    chain = [max(range(len(jobs)), key=ends.__getitem__)]
    while after := jobs[chain[-1]].after:
        chain.append(max(after, key=ends.__getitem__))
    return ends[chain[0]], chain[::-1]


def counts(text: str, option: str) -> list[int]:
    """Read numbers such as `1,8,64`.

    Raises:
        InputError: it is something else, or a number is below 1.
    """
    try:
        numbers = [int(part) for part in text.split(",")] if text else []
    except ValueError:
        raise InputError(f"{option}: '{text}' is no list of numbers such as 1,8,64") from None
    if numbers and min(numbers) < 1:
        raise InputError(f"{option}: {min(numbers)} is none; give numbers of 1 or more")
    return numbers


def plan_text(
    results: Results,
    published: Mapping[str, Any],
    jobs: Sequence[Job],
    places: Sequence[Place],
    *,
    measured: Path | None = None,
    times: Path | None = None,
    machine: Machine | None = None,
) -> str:
    """Say how long the jobs of a build take in several places.

    Args:
        results: of the study.
        published: numbers of the paper.
        jobs: of the build.
        places: where it could run; without any, one of what trainings were timed on.
        measured: what `benchmarks/gpu.py` wrote.
        times: the `jobs.json` of another build, whose medians stand for rules that have not run.
        machine: what it costs.

    Raises:
        InputError: a file is missing or holds something else; or cores are asked for, and trainings
            were timed on a GPU only.
    """
    if not jobs:
        return "Nothing is to be done; everything is up to date.\n"
    recorded, by_rule = recorded_seconds(results.folder / LEDGER)
    others = recorded_seconds(times)[1] if times is not None else {}
    rows, _, speed = planned(results, published, measured)
    if speed.on_gpu and not places:
        places = [Place(1, machine.cores if machine else results.study.compute.threads)]
    estimated = [job for job in jobs if job.rule == "train" and not recorded.keys() & job.outputs]
    if speed.on_gpu and estimated and any(place.gpus is None for place in places):
        raise InputError(
            f"--cores: nothing tells how long cores train; on a GPU it is {speed.source}; give "
            "--gpus, or let one training run here before"
        )
    schedule: Asked = results.study.schedule
    trainings = {row.name: 3600 * row.hours / row.seeds / schedule.processes for row in rows}
    taken = seconds_of(jobs, recorded, others | by_rule, trainings)
    chain_seconds, chain = longest_chain(jobs, taken.seconds)
    lines = [f"{len(jobs)} jobs, {hours(sum(taken.seconds))} one after the other."]
    lines += [f"Trainings: {speed.source}."]
    if taken.unknown:
        lines.append(f"Not counted, for nothing was measured: {', '.join(taken.unknown)}.")
    lines += ["", *_table(jobs, taken, places or [Place(None, 1)], machine)]
    lines += ["", f"However many there are, {hours(chain_seconds)}; these wait for each other:"]
    longest = sorted(chain, key=lambda number: -taken.seconds[number])[:MOST_SHOWN]
    lines += [
        f"  {hours(taken.seconds[number])}  {jobs[number].name}"
        for number in chain
        if number in longest and taken.seconds[number] > 0
    ]
    return "\n".join([*lines, ""])


def _table(
    jobs: Sequence[Job], taken: Times, places: Sequence[Place], machine: Machine | None
) -> list[str]:
    """Return a line for each place, below their titles."""
    alone = sum(taken.seconds)
    table = [["on", "takes", "busy", "times as fast", *(["cost", "kWh"] if machine else [])]]
    for place in places:
        found = course(jobs, taken.seconds, place)
        gain = alone / found.seconds if found.seconds else 1.0
        cells = [str(place), hours(found.seconds), f"{found.busy(place):.0%}", f"{gain:.1f}"]
        table.append(cells + (costs(found, place, machine) if machine else []))
    return aligned(table, 1)


def costs(found: Course, place: Place, machine: Machine) -> list[str]:
    """Return price and energy of GPUs that are reserved from the start to the end."""
    if place.gpus is None:
        return ["-", "-"]
    reserved = place.gpus * found.seconds / 3600
    worked = found.gpu_seconds / 3600
    energy = (worked * machine.watts + (reserved - worked) * machine.idle_watts) / 1000
    return [f"{reserved * machine.price:.2f} {machine.currency}", f"{energy:.2f}"]


def hours(seconds: float) -> str:
    """Write a duration so that its size can be seen."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.1f} s"
