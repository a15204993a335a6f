"""Is there room for the pixel stores and checkpoints that are to be written?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping

import pandas as pd

from smartiqa.config.stage_settings import stored_settings
from smartiqa.data.store.building import ResizeRule
from smartiqa.data.store.pixel_store import CHANNELS
from smartiqa.preflight.findings import Findings
from smartiqa.preflight.work import Work

CHECKPOINTS = 2  # of a run that stay: best and last
STATES = 5  # as large, of the run that trains: model, two moments, the best so far, a spare one
BYTES = 4  # of a parameter


def check_room(
    work: Work,
    images: Mapping[str, pd.DataFrame],
    parameters: Mapping[str, int],
    found: Findings,
) -> None:
    """Compare what stores and checkpoints will take with what is free on their disk.

    Args:
        work: what is to be written.
        images: by dataset, columns width and height.
        parameters: how many a model has, by experiment.
        found: gets what is found.
    """
    stores = sum(_store_bytes(work, images))
    sizes = [parameters.get(name, 0) * BYTES for name, _ in work.trainings]
    checkpoints = CHECKPOINTS * sum(sizes) + STATES * max(sizes, default=0)
    results = work.results.absolute()
    place = next(folder for folder in (results, *results.parents) if folder.is_dir())
    if not os.access(place, os.W_OK):
        found.error(f"disk: {place} cannot be written; ask for the right to it, or build elsewhere")
    free = shutil.disk_usage(place).free
    trained = f"checkpoints of {_gigabytes(checkpoints)}"
    if work.trainings and not parameters:  # models are looked at where jobs run
        trained = "checkpoints, which are not counted here,"
    said = (
        f"disk: pixel stores of {_gigabytes(stores)} and {trained} "
        f"are to be written below {work.results}, and {_gigabytes(free)} are free"
    )
    if stores + checkpoints > free:
        found.error(f"{said}; make room, or let {work.results.parent} be a link to a larger disk")
    else:
        found.note(said)


def _store_bytes(work: Work, images: Mapping[str, pd.DataFrame]) -> Iterator[int]:
    for dataset, resize in work.stores:
        settings = stored_settings(work.study, dataset, resize)
        rule = ResizeRule(settings["kind"], tuple(settings["size"]))
        if dataset in images:
            sides = images[dataset][["height", "width"]].itertuples(index=False, name=None)
            targets = (rule.target(*pair) for pair in sides)
            yield sum(height * width * CHANNELS for height, width in targets)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"
