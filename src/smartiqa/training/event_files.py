"""The epochs of a study's trainings as event files of TensorBoard, while they run or afterwards.

What a training computes does not depend on this: the histories that it writes anyway are read.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.results.run_files import read_history
from smartiqa.results.study_results import Results
from smartiqa.training.status import Run, runs

EVERY = 5.0  # seconds between two looks at running trainings


def follow(
    results: Results,
    output: Path,
    *,
    until_done: bool,
    wait: Callable[[float], Any] = time.sleep,
) -> int:
    """Write the finished epochs of all trainings; return how many are written.

    Each training gets a folder of its own below `output`, which is emptied first.

    Args:
        results: of the study.
        output: folder for TensorBoard's `--logdir`.
        until_done: go on until no training is unfinished.
        wait: what to do between two looks.

    Raises:
        InputError: TensorBoard is not installed, or a history is damaged.
    """
    if find_spec("tensorboard") is None:
        raise InputError("tensorboard: not installed; pip install tensorboard")
    written: dict[str, int] = {}
    while True:
        found = runs(results, time.time())
        for run in found:
            written[run.name] = _write(results, run, output, written.get(run.name, 0))
        if not until_done or all(run.done or run.lacks for run in found):
            return sum(written.values())
        wait(EVERY)


def _write(results: Results, run: Run, output: Path, before: int) -> int:
    """Write the epochs of a training from `before` on, all of them if it began anew."""
    if run.epochs == before:
        return before
    from torch.utils.tensorboard.writer import SummaryWriter

    start = before if run.epochs > before else 0
    folder = output / run.experiment / f"seed{run.seed}"
    if start == 0 and folder.is_dir():
        shutil.rmtree(folder)
    history = read_history(results.run(run.experiment, run.seed))
    with SummaryWriter(str(folder)) as writer:
        for row in history.iloc[start:].to_dict("records"):
            for name, value in row.items():
                if name != "epoch":
                    writer.add_scalar(name, value, int(row["epoch"]))
    return len(history)
