"""Has a dataset's folder changed since its manifest was made?

`prepare` writes what it found (`source.json`, beside the manifest): the digest of every file, and
one of the labels as they were read. The workflow compares before it plans. Images count by their
bytes. Other files count by what is read of them: with other line ends, another order of columns or
a new note beside the labels, the labels are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartiqa.core.digests import Digests
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.listing import data_files_below, is_image

if TYPE_CHECKING:
    import pandas as pd

MANIFEST_FILE = "manifest.parquet"
STATE = "source.json"  # beside the manifest
CHANGES = "source_changes.json"  # beside it as long as there are any


def labels_digest(labels: pd.DataFrame) -> str:
    """Digest labels as an adapter returns them; the order of rows counts."""
    return hashlib.sha256(labels.to_csv(index=False).encode()).hexdigest()


def files_in(root: Path) -> dict[str, str]:
    """Digest every file of a dataset; called before anything reads them, it misses no change."""
    return {name: sha256_of(root / name) for name in data_files_below(root)}


def state_of(files: Mapping[str, str], labels: pd.DataFrame) -> dict[str, Any]:
    """Return the state of a dataset's folder, the content of `source.json`: files and labels."""
    return {"files": files, "labels": labels_digest(labels)}


def changes_since(
    state: Path, root: Path, digests: Digests, read_labels: Callable[[], pd.DataFrame]
) -> dict[str, str]:
    """Return what has changed since `state` was written, as file and digest ("" if it is gone).

    A folder that is missing or empty has not changed: results can be used without their data.

    Args:
        state: `source.json` beside the manifest; without a manifest nothing has changed.
        root: the dataset's folder.
        digests: remembered digests.
        read_labels: reads the labels anew; called only if a file beside the images has changed.

    Raises:
        InputError: the state is missing or damaged.
    """
    present = {name: digests.of(root / name) or "" for name in data_files_below(root)}
    if not present or not state.with_name(MANIFEST_FILE).is_file():
        return {}
    if not state.is_file():
        raise InputError(
            f"{state} is missing, so changes of {root} cannot be seen; it is made anew"
        )
    before: Mapping[str, Any] = read_json(state, ["files", "labels"], "prepare")
    different = {name: "" for name in before["files"] if name not in present} | {
        name: digest for name, digest in present.items() if before["files"].get(name) != digest
    }
    images = {name: digest for name, digest in different.items() if is_image(name)}
    others = different.keys() - images.keys()
    if others and _digest_or_none(read_labels) != before["labels"]:
        return different
    return images


def _digest_or_none(read_labels: Callable[[], pd.DataFrame]) -> str | None:
    try:
        return labels_digest(read_labels())
    except InputError:  # the stage will say it
        return None


def note_changes(changes: Mapping[str, str], folder: Path) -> None:
    """Write changes into the folder of a manifest, which makes it outdated; remove former ones."""
    path = folder / CHANGES
    if changes:
        write_json(path, changes)
    else:
        path.unlink(missing_ok=True)
