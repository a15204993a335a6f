"""What a killed build leaves behind, removed once it is certain that nothing of it lives."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from smartiqa.core.files import UNFINISHED
from smartiqa.machine.presence import FOLDER, is_alone

OUTPUTS = (Path("results"), Path("figures"), Path("paper"))


def clear_leftovers() -> list[str]:
    """Remove Snakemake's locks and unfinished files if no build and no stage is alive here.

    Returns:
        What there is to say.
    """
    if not is_alone():
        return []
    locks = sorted((FOLDER / "locks").glob("*.lock"))
    unfinished = list(unfinished_in(OUTPUTS))
    for path in (*locks, *unfinished):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    messages = []
    if locks:
        messages.append("the lock of a build that was killed is removed; this one goes on with it")
    if unfinished:
        messages.append(f"{len(unfinished)} unfinished files of a killed build are removed")
    return messages


def unfinished_in(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield what writers that were killed have left below some folders."""
    for top in folders:
        for folder, subfolders, files in os.walk(top):
            for name in (*subfolders, *files):
                if name.startswith(UNFINISHED):
                    yield Path(folder, name)
            subfolders[:] = [name for name in subfolders if not name.startswith(UNFINISHED)]
