"""Before Snakemake plans: what has changed outside it, and whose results these are.

The workflow calls `settle` once, when its rules are known, in the process that plans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from smartiqa.config.study import Dataset, Study
from smartiqa.core.digests import FILE, Digests
from smartiqa.core.errors import InputError
from smartiqa.data.fetch.source_state import STATE, changes_since, note_changes
from smartiqa.data.options import adapter_of
from smartiqa.reruns.job_records import adopt, ask_for_unrecorded, mirror

if TYPE_CHECKING:
    import pandas as pd

NAMED = 3  # files that a message names


def settle(study: Study, results: Path, is_output: Callable[[str], bool]) -> list[str]:
    """Note changes of datasets, take over records of jobs, and return what there is to say.

    Args:
        study: the study that is planned.
        results: its results, relative to the present folder.
        is_output: whether a path is an output of some rule.
    """
    if not results.is_dir():
        return []
    messages = _changed_datasets(study, results)
    if problem := mirror(results):
        messages.append(f"no record of how results were made is used: {problem}")
    adopted, unrecorded = adopt(results), ask_for_unrecorded(results, is_output)
    for outputs, text in (
        (adopted.taken, "came with the record of how they were made"),
        (adopted.altered, "are not what their jobs wrote, and are made anew"),
        (adopted.unreadable, "were made with a newer Snakemake, and are not taken over"),
        (unrecorded, "have no record of how they were made, and are made anew"),
    ):
        if outputs:
            messages.append(f"{results}: {named(outputs)} {text}")
    return messages


def _changed_datasets(study: Study, results: Path) -> list[str]:
    """Compare every dataset that the study does not make itself with its manifest's state."""
    messages, digests = [], Digests(results / FILE)
    for name, dataset in study.datasets.items():
        folder = results / "data" / name
        if dataset.root.is_relative_to(results) or not folder.is_dir():
            continue
        read_labels = partial(_labels, dataset)
        try:
            changes = changes_since(folder / STATE, dataset.root, digests, read_labels)
        except InputError as problem:
            messages.append(str(problem))
            note_changes({STATE: ""}, folder)  # prepare makes it anew
            continue
        note_changes(changes, folder)
        if changes:
            messages.append(f"{dataset.root}: changed since it was prepared: {named([*changes])}")
    digests.save()
    return messages


def _labels(dataset: Dataset) -> pd.DataFrame:
    adapter, options = adapter_of(dataset)
    return adapter.read_labels(dataset.root, options)


def named(files: Sequence[str]) -> str:
    """Name some files and count the others."""
    more = f" and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
    return ", ".join(files[:NAMED]) + more
