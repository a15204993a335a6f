"""The manifest: one row an image, the same columns for every dataset.

It is a dataset's labels plus what later stages need and should not work out again: the quality on
one common scale (see `smartiqa.data.adapters.Scale`), the split in use, and each file's digest and
size. `score` stays on the dataset's own scale.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from smartiqa.data.adapters import LABEL_COLUMNS, NUMBER_COLUMNS, DatasetFacts
from smartiqa.data.decode import image_size
from smartiqa.data.splits import SplitPlan, assign_splits
from smartiqa.errors import InputError
from smartiqa.files import replace_atomically, sha256_of

MANIFEST_COLUMNS = (
    "id",
    "file",
    "score",
    "quality",  # 0 (worst) to 100 (best): the linear map of the dataset's own scale
    "spread",
    "ratings",
    "split",  # train, validation or test
    "reference",
    "distortion",
    "level",
    "sha256",  # of the file's bytes, 64 hexadecimal digits
    "width",  # pixels, upright
    "height",
)


def build_manifest(
    labels: pd.DataFrame,
    root: Path,
    facts: DatasetFacts,
    plan: SplitPlan,
    *,
    files: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Turn an adapter's labels into the manifest, checking every row.

    Rows that the split leaves out (split "") are dropped.

    Args:
        labels: what `read_labels` returned, columns `LABEL_COLUMNS`.
        root: the dataset's folder, which `file` is relative to.
        facts: the dataset's facts; its scale gives the quality.
        plan: how to split.
        files: columns id, sha256, width, height where they are known already (the check stage
            decodes every file); None reads the files.

    Returns:
        Frame with the columns `MANIFEST_COLUMNS`, sorted by id, index 0..n-1.

    Raises:
        InputError: no rows; an id twice; a score that is missing, NaN or outside the scale; a
            label without its file; an unusable file. The message names the file and the row.
    """
    require_valid_labels(labels, facts)
    manifest = labels.assign(
        split=assign_splits(labels, plan), quality=facts.scale.to_quality(labels["score"])
    )
    manifest = manifest[manifest["split"] != ""].sort_values("id", ignore_index=True)
    described = describe_files(manifest, root) if files is None else files
    columns = ["id", "sha256", "width", "height"]
    manifest = manifest.merge(described[columns], on="id", how="left", validate="one_to_one")
    unknown = manifest.index[manifest["sha256"].isna()]
    if len(unknown):
        raise InputError(f"'{manifest['id'][unknown[0]]}' is missing in the table of files")
    manifest = manifest.astype({"width": "int64", "height": "int64"})
    return manifest[list(MANIFEST_COLUMNS)]


def require_valid_labels(labels: pd.DataFrame, facts: DatasetFacts) -> None:
    """Raise an `InputError` for the first row that cannot be used."""
    source = str(labels.attrs.get("source", facts.name))
    missing = [name for name in LABEL_COLUMNS if name not in labels.columns]
    if missing:
        raise InputError(f"{source}: the labels lack the column '{missing[0]}'")
    if labels.empty:
        raise InputError(f"{source} has no rows; it needs one row an image")
    for place, (name, file, score) in enumerate(
        zip(labels["id"], labels["file"], labels["score"], strict=True), start=1
    ):
        problem = _problem_of_row(name, file, score, facts)
        if problem:
            raise InputError(f"{source}, row {place} ('{name}'): {problem}")
    repeated = np.flatnonzero(labels["id"].duplicated())
    if repeated.size:
        name = labels["id"].iloc[repeated[0]]
        raise InputError(f"{source}, row {repeated[0] + 1}: the id '{name}' is there twice")


def _problem_of_row(name: str, file: str, score: float, facts: DatasetFacts) -> str:
    scale = facts.scale
    if not name:
        return "the id is empty."
    if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or not file:
        return f"the file '{file}' must be a path inside the dataset's folder."
    if not np.isfinite(score):
        return f"the score is {score}; give a number or remove the row."
    if not scale.low <= score <= scale.high:
        return (
            f"the score {score:g} is outside the scale of {facts.title}, "
            f"{scale.low:g} to {scale.high:g}; correct the score or the scale"
        )
    return ""


def describe_files(labels: pd.DataFrame, root: Path, *, workers: int = 4) -> pd.DataFrame:
    """Return id, sha256, width and height of every labelled file.

    Raises:
        InputError: a file is missing or its header is not an image's; the first in row order.
    """
    absent = [file for file in labels["file"] if not (root / file).is_file()]
    if absent:
        raise InputError(
            f"{labels.attrs.get('source', 'the label file')} names '{absent[0]}', which is not in "
            f"{root} ({len(absent)} of {len(labels)} files are missing); add the files or remove "
            "their rows"
        )
    with ThreadPoolExecutor(workers) as pool:  # hashing releases the interpreter lock
        rows = list(pool.map(_describe_file, [root / file for file in labels["file"]]))
    described = pd.DataFrame(rows, columns=["sha256", "width", "height"], index=labels.index)
    return described.assign(id=labels["id"])


def _describe_file(path: Path) -> tuple[str, int, int]:
    return (sha256_of(path), *image_size(path))


def write_manifest(path: Path, frame: pd.DataFrame) -> None:
    """Write a manifest as Parquet, whole or not at all."""
    clean = frame[list(MANIFEST_COLUMNS)].reset_index(drop=True)
    clean.attrs = {}  # pandas would write them; they hold a path of this machine
    with replace_atomically(path) as temporary:
        clean.to_parquet(temporary, index=False)


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest written by `write_manifest`.

    Raises:
        InputError: there is no such file, or it is not a manifest.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist; the stage prepare makes it")
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as problem:
        raise InputError(f"{path} is not a manifest ({problem}); remove and remake it") from None
    missing = [name for name in MANIFEST_COLUMNS if name not in frame.columns]
    if missing:
        raise InputError(f"{path} lacks the column '{missing[0]}'; remove and remake it")
    frame[list(NUMBER_COLUMNS)] = frame[list(NUMBER_COLUMNS)].astype("float64")
    return frame[list(MANIFEST_COLUMNS)]
