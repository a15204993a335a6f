"""What of a study is done, what runs and how long the rest takes, from its files alone.

A training writes its history after every epoch and its log all the time. So one that left a sign
of life lately runs; one whose log ends with an error has failed; another that is not finished was
stopped, and goes on when it is started again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from smartiqa.config.files import build_command
from smartiqa.config.planned import resolve
from smartiqa.core.errors import InputError, first_named
from smartiqa.reruns.leftovers import is_build_at_work
from smartiqa.results.run_files import is_trained, missing_files, read_history
from smartiqa.results.study_results import Results
from smartiqa.training.plan import counted_before, planned

LATELY = 300.0  # seconds; validation on a slow machine writes nothing for a while
PAPER = "paper/main.pdf"
MOST_LISTED = 10  # trainings of a kind, so that all fits on a screen
ENDS = {"results": "paper.json", "ledger": "claims.json"}
ERROR = "error: "  # begins the last line of a job that failed
AT_WORK = "A build is at work here."
MINUTE, HOUR, DAY = 60, 3600, 86400  # seconds


class Run(NamedTuple):
    """How far one training has come.

    Attributes:
        experiment: its id.
        seed: its seed.
        epochs: that are finished.
        all_epochs: that are planned.
        done: whether the training is finished, and all of its files are there.
        best: the best validation SRCC so far, if an epoch is finished.
        silent: seconds since its last sign of life; None if nothing of it is there to go on from.
        lacks: files that are missing of a finished training.
        problem: the error with which it ended, if it did.
    """

    experiment: str
    seed: int
    epochs: int
    all_epochs: int
    done: bool
    best: float | None
    silent: float | None
    lacks: tuple[str, ...] = ()
    problem: str = ""

    @property
    def name(self) -> str:
        """Experiment and seed."""
        return f"{self.experiment} seed {self.seed}"

    @property
    def runs(self) -> bool:
        """Whether it gave a sign of life lately."""
        ended = self.done or self.lacks or self.problem
        return not ended and self.silent is not None and self.silent < LATELY

    @property
    def is_stopped(self) -> bool:
        """Whether it was begun, is not finished and does not run."""
        ended = self.done or self.lacks or self.problem or self.runs
        return not ended and self.silent is not None


def status(results: Results, published: Mapping[str, Any], now: float | None = None) -> str:
    """Return the state of a study as text; `now` is in seconds since 1970.

    Raises:
        InputError: a history is damaged.
    """
    study = results.study
    at_work = is_build_at_work()
    if not results.folder.is_dir():
        start = f"nothing was started; start it: {build_command(study.name, PAPER)}"
        return f"{study.title}\n{AT_WORK if at_work else start}\n"
    now = time.time() if now is None else now
    found = runs(results, now)
    lines = [f"{study.title} ({results.folder}/)", "", *stage_lines(results, found)]
    lines += last_sign(results, now)
    for title, chosen in (
        ("runs now", [run for run in found if run.runs]),
        ("stopped, goes on when started again", [run for run in found if run.is_stopped]),
    ):
        lines += listed(title, chosen)
    lines += failed([run for run in found if run.problem])
    lines += lacking([run for run in found if run.lacks])
    lines += left_over(results)
    return "\n".join([*lines, "", *ending(results, published, found, at_work), ""])


def ending(
    results: Results, published: Mapping[str, Any], found: Sequence[Run], at_work: bool
) -> list[str]:
    """Say what is left and what makes it; no command beside a build, which would refuse it."""
    trained = all(run.done for run in found)
    there = {name: (results.folder / name).is_file() for name in ENDS.values()}
    if trained and all(there.values()):
        left = "All trainings and results are there; figures, tables and the paper are made of them"
        command = build_command(results.study.name, PAPER)
        return [f"{left}." if at_work else f"{left} by: {command}", *([AT_WORK] * at_work)]
    # What results were made of already no build trains for them.
    lost = not trained and any([*there.values(), *(run.lacks for run in found)])
    command = build_command(results.study.name, *(["train_all"] if lost else []), PAPER)
    return [rest(results, published, found), AT_WORK if at_work else f"To go on: {command}"]


def runs(results: Results, now: float) -> list[Run]:
    """Return how far every training of a study has come.

    Raises:
        InputError: a history is damaged.
    """
    return [
        run_of(results, name, seed, now)
        for name in results.catalogue.trained(results.planned)
        for seed in results.study.seeds_of(name)
    ]


def run_of(results: Results, name: str, seed: int, now: float) -> Run:
    """Return how far one training has come.

    Raises:
        InputError: its history is damaged.
    """
    folder = results.run(name, seed)
    history = read_history(folder) if (folder / "history.csv").is_file() else None
    log = results.folder / "logs" / "train" / f"{name}-seed{seed}.log"
    state = [path for path in (folder / "history.csv", folder / "unfinished.pt") if path.is_file()]
    times = [path.stat().st_mtime for path in (*state, log) if path.is_file()]
    silent = max(now - max(times), 0) if times else None
    # A log of long ago, and nothing to go on from: it begins anew.
    waiting = not state and silent is not None and silent >= LATELY
    trained = is_trained(folder)
    missing = missing_files(folder) if trained else ()
    return Run(
        experiment=name,
        seed=seed,
        epochs=0 if history is None else len(history),
        all_epochs=resolve(results.study, results.catalogue, name).recipe.epochs,
        done=trained and not missing,
        best=None if history is None else float(history["validation_srcc"].max()),
        silent=None if waiting else silent,
        lacks=missing,
        problem="" if trained else error_in(log),
    )


def error_in(log: Path) -> str:
    """Return the error with which a job has ended, by its log; "" if it did not."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    last = text.rstrip().rpartition("\n")[2]
    return last.removeprefix(ERROR) if last.startswith(ERROR) else ""


def stage_lines(results: Results, found: Sequence[Run]) -> list[str]:
    """Say how much of each stage is there."""
    folder, study = results.folder, results.study
    prepared = sum((folder / "data" / n / "manifest.parquet").is_file() for n in study.datasets)
    scored = [
        (results.run(name, seed) / "metrics.json").is_file()
        for name in results.planned
        for seed in study.seeds_of(name)
    ]
    kinds = {
        "done": sum(run.done for run in found),
        "running": sum(run.runs for run in found),
        "stopped": sum(run.is_stopped for run in found),
        "failed": sum(bool(run.problem) for run in found),
        "with files missing": sum(bool(run.lacks) for run in found),
    }
    kinds["waiting"] = len(found) - sum(kinds.values())
    counts = [f"{number} {kind}" for kind, number in kinds.items() if number]
    return [
        f"datasets   {prepared} of {len(study.datasets)} prepared",
        f"trainings  {', '.join(counts)} (of {len(found)})",
        f"scored     {sum(scored)} of {len(scored)} runs",
        *(
            f"{stage:9}  {folder / file} is {'' if (folder / file).is_file() else 'not '}there"
            for stage, file in ENDS.items()
        ),
    ]


def last_sign(results: Results, now: float) -> list[str]:
    """Say which job, of whatever stage, wrote to its log last."""
    logs = {path: path.stat().st_mtime for path in results.folder.glob("logs/**/*.log")}
    if not logs:
        return []
    latest = max(logs, key=lambda path: (logs[path], path))
    return [f"last sign  {latest}, {duration(max(now - logs[latest], 0))} ago"]


def listed(title: str, chosen: Sequence[Run]) -> list[str]:
    """List trainings that are not finished, at most `MOST_LISTED`."""
    if not chosen:
        return []
    width = max(len(run.name) for run in chosen)
    lines = [
        f"  {run.name:{width}}  epoch {run.epochs} of {run.all_epochs} finished"
        + (f", best validation SRCC {run.best:.3f}" if run.best is not None else "")
        + f", last sign {duration(run.silent or 0)} ago"
        for run in chosen
    ]
    return ["", title, *first_lines(lines)]


def failed(chosen: Sequence[Run]) -> list[str]:
    """List trainings that ended with an error, which they do again unless something is changed."""
    lines = [f"  {run.name}  {run.problem}" for run in chosen]
    title = [
        "",
        "failed; the paper waits for them, unless the study has their experiments in `without`",
    ]
    return [*title, *first_lines(lines)] if chosen else []


def lacking(chosen: Sequence[Run]) -> list[str]:
    """List finished trainings of which files are missing, at most `MOST_LISTED`."""
    lines = [f"  {run.name}  {', '.join(run.lacks)}" for run in chosen]
    title = ["", "finished, but files are missing"] if chosen else []
    return [*title, *first_lines(lines)]


def first_lines(lines: Sequence[str]) -> list[str]:
    """Return the first `MOST_LISTED` lines, and how many more there are."""
    more = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *([f"  and {more} more"] if more > 0 else [])]


def left_over(results: Results) -> list[str]:
    """Name runs that lie there and that the study does not have, any more or at all, in a line."""
    own = {
        results.run(name, seed) for name in results.planned for seed in results.study.seeds_of(name)
    }
    others = [run for run in results.folder.glob("runs/*/seed*") if run not in own]
    names = sorted(f"{run.parent.name}/{run.name}" for run in others)
    listed = f"not of this study any more: runs/ has {first_named(names, MOST_LISTED)}"
    return ["", f"{listed}; remove what nobody needs"] if names else []


def rest(results: Results, published: Mapping[str, Any], found: Sequence[Run]) -> str:
    """Say how long the trainings that are left take, less the epochs that are finished."""
    counts = results.folder / "complexity.json"
    if all(run.done for run in found):
        return "All trainings are done."
    if not any(run.done for run in found):
        return "No estimate of the rest before a training is done; the target `trainings` has one."
    try:
        if counted_before(results) is None:
            return f"No estimate of the rest before {counts} has all models of the study."
        rows, _, speed = planned(results, published)
    except InputError as error:
        return f"No estimate of the rest: {error}"
    hours = {row.name: row.hours / row.seeds for row in rows}
    left = sum(
        hours[run.experiment] * (1 - min(run.epochs / run.all_epochs, 1))
        for run in found
        if not run.done
    )
    running = sum(run.runs for run in found)
    side = f"; {duration(left * HOUR / running)} with {running} side by side" if running > 1 else ""
    return (
        f"The other trainings take about {duration(left * HOUR)}, one after the other{side}.\n"
        f"Speed: {speed.source}."
    )


def duration(seconds: float) -> str:
    """Say a duration in its largest unit.

    >>> duration(5400)
    '1.5 hours'
    """
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} seconds"
