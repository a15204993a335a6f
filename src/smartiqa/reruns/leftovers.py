"""What a killed build leaves behind, removed once it is certain that nothing of it lives."""

from __future__ import annotations

import shutil
from pathlib import Path

from smartiqa.core.files import unfinished_in
from smartiqa.machine.presence import FOLDER, is_alone
from smartiqa.reruns import builds

ANOTHER = (
    "another build is at work here: if both make the same files, this one ends and that one goes on"
)
OUTPUTS = (Path("results"), Path("figures"), Path("paper"))


def snakemake_locks() -> list[Path]:
    """The files by which Snakemake locks what a build makes; they stay when it is killed."""
    return sorted((FOLDER / "locks").glob("*.lock"))


def is_build_at_work() -> bool:
    """Whether there is a build other than this process, or one that may be alive."""
    return bool(builds.at_work()) or (bool(snakemake_locks()) and not is_alone())


def clear_leftovers() -> list[str]:
    """Remove Snakemake's locks and unfinished files if no build and no stage is alive here.

    Returns:
        What there is to say.
    """
    alone, locks = is_alone(), snakemake_locks()
    if not alone:
        return [ANOTHER] if locks or builds.at_work() else []
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
