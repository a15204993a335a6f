"""Results that lie on object storage, through Snakemake's `--default-storage-provider`.

Snakemake keeps what a job reads and writes in a folder of its own, and knows it under that name.
All else names files by their place, `results/...`. So `results` becomes a link to that folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from smartiqa.core.errors import InputError
from smartiqa.core.files import RESULTS


def show_storage_as_results(workflow: Any) -> None:
    """Make `results` a link to where Snakemake keeps the files of its default storage.

    Raises:
        InputError: results of this machine are in the way.
    """
    prefix = workflow.storage_settings.default_storage_prefix.rstrip("/")
    stored = workflow.storage_registry.default_storage_provider.object(f"{prefix}/{RESULTS}")
    place, link = Path(stored.local_path()).absolute(), Path(RESULTS)
    if link.exists() and not link.is_symlink():
        raise InputError(
            f"{link.absolute()} has results of this machine, and those of {prefix} would "
            "lie there; use another clone, or move that folder away"
        )
    place.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != place.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(place))
