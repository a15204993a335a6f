"""The manifest: one row an image, the same columns for every dataset.

It is a dataset's labels plus what later stages need and should not work out again: the quality on
one common scale (see `smartiqa.data.adapters.Scale`), the split in use, and each file's digest and
size. `score` stays on the dataset's own scale.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.core.tables import Columns, read_parquet
from smartiqa.data.adapters import LABEL_COLUMNS, NUMBER_COLUMNS, SEPARATORS, DatasetFacts
from smartiqa.data.splits import assign_splits

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
    "source",
    "scene",
    "content",  # as in the labels, or one of a series that looks alike, where the split keeps these
    "sha256",  # of the file's bytes, 64 hexadecimal digits
    "width",  # pixels of the decoded image, upright
    "height",
)
KINDS: Columns = {
    name: "number" if name in (*NUMBER_COLUMNS, "quality", "width", "height") else "text"
    for name in MANIFEST_COLUMNS
}


def build_manifest(
    labels: pd.DataFrame,
    facts: DatasetFacts,
    plan: Split,
    files: pd.DataFrame,
    *,
    left_out: Collection[int] = (),
) -> pd.DataFrame:
    """Turn an adapter's labels into the manifest, checking every row.

    Rows that the split leaves out (split "") are dropped.

    Args:
        labels: what `read_labels` returned, columns `LABEL_COLUMNS`.
        facts: the dataset's facts; its scale gives the quality.
        plan: how to split.
        files: columns id, sha256, width, height, as decoding the files has shown them.
        left_out: rows (of the labels' index) to leave out. They take part in the draw of the split
            all the same, so leaving out one image moves no other.

    Returns:
        Frame with the columns `MANIFEST_COLUMNS`, sorted by id, index 0..n-1.

    Raises:
        InputError: no rows; an id twice; a score that is missing, NaN or outside the scale; a
            label without its file. The message names the file and the row.
    """
    require_columns(labels, facts)
    manifest = labels.assign(split=assign_splits(labels, plan)).drop(index=list(left_out))
    require_valid_labels(manifest, facts)
    manifest["quality"] = facts.scale.to_quality(manifest["score"])
    manifest = manifest[manifest["split"] != ""].sort_values("id", kind="stable", ignore_index=True)
    columns = ["id", "sha256", "width", "height"]
    manifest = manifest.merge(files[columns], on="id", how="left", validate="one_to_one")
    unknown = manifest.index[manifest["sha256"].isna()]
    if len(unknown):
        raise InputError(f"'{manifest['id'][unknown[0]]}' is missing in the table of files")
    manifest = manifest.astype({"width": "int64", "height": "int64"})
    return manifest[list(MANIFEST_COLUMNS)]


def require_columns(labels: pd.DataFrame, facts: DatasetFacts) -> None:
    """Raise an `InputError` if the labels have no rows or lack a column."""
    source = str(labels.attrs.get("source", facts.name))
    missing = [name for name in LABEL_COLUMNS if name not in labels.columns]
    if missing:
        raise InputError(f"{source}: the labels lack the column '{missing[0]}'")
    if labels.empty:
        raise InputError(f"{source} has no rows; it needs one row an image")


def require_valid_labels(labels: pd.DataFrame, facts: DatasetFacts) -> None:
    """Raise an `InputError` for the first row that cannot be used."""
    source = str(labels.attrs.get("source", facts.name))
    problems = label_problems(labels, facts)
    if len(problems):
        row, _, message = problems.iloc[0]
        raise InputError(f"{source}, row {row + 1} ('{labels['id'][row]}'): {message}")


def label_problems(labels: pd.DataFrame, facts: DatasetFacts) -> pd.DataFrame:
    """Return all that is wrong with the labels themselves, columns row, problem, detail."""
    scale = facts.scale
    paths = labels["file"].map(PurePosixPath)
    outside = paths.map(lambda path: path.is_absolute() or ".." in path.parts or not path.parts)
    absent = ~np.isfinite(labels["score"])
    beyond = ~absent & ~labels["score"].between(scale.low, scale.high)
    several = with_several_scores(labels)
    ends = f"{scale.low:g} to {scale.high:g}"
    kinds: list[tuple[str, pd.Series[bool], str, str]] = [
        ("empty id", labels["id"] == "", "id", "the id is empty"),
        ("several scores", several, "file", "'{}' has several scores; give their mean once"),
        ("duplicate id", labels["id"].duplicated() & ~several, "id", "the id '{}' is there twice"),
        (
            "path outside the folder",
            outside,
            "file",
            "the file '{}' must be a path inside the dataset's folder",
        ),
        (
            "score missing",
            absent,
            "score",
            "the score is {}; give a number or remove the row",
        ),
        (
            "score out of range",
            beyond,
            "score",
            f"the score {{:g}} is outside the scale of {facts.title}, {ends}; "
            "correct the score or the scale",
        ),
    ]
    rows = [
        (row, kind, text.format(labels[column][row]))
        for kind, wrong, column, text in kinds
        for row in labels.index[wrong]
    ]
    return pd.DataFrame(rows, columns=["row", "problem", "detail"]).sort_values(
        "row", kind="stable", ignore_index=True
    )


def with_several_scores(labels: pd.DataFrame) -> pd.Series[bool]:
    """Say of each row whether its image has another score in another row; none is the one."""
    scores = labels["score"].groupby(labels["file"]).nunique()
    return (labels["file"] != "") & labels["file"].map(scores > 1)


def write_manifest(path: Path, frame: pd.DataFrame) -> None:
    """Write a manifest as Parquet."""
    clean = frame[list(MANIFEST_COLUMNS)].reset_index(drop=True)
    clean.attrs = {}  # pandas would write them; they hold a path of this machine
    clean.to_parquet(path, index=False)


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest written by `write_manifest`.

    Raises:
        InputError: there is no such file, or it is not a manifest.
    """
    frame = read_parquet(path, KINDS, "prepare")
    frame[list(NUMBER_COLUMNS)] = frame[list(NUMBER_COLUMNS)].astype("float64")
    return frame[list(MANIFEST_COLUMNS)]


def rows_of(split: str, images: pd.DataFrame, manifest: Path) -> NDArray[np.int64]:
    """Return where the images of a split are among those of a manifest.

    Raises:
        InputError: there are none.
    """
    rows = np.flatnonzero(images["split"] == split)
    if rows.size == 0:
        raise InputError(f"{manifest}: no image belongs to the split '{split}'")
    return rows


def lacking_references(images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without a reference where others have one; each counts as a content."""
    known = images["reference"] != ""
    return images[~known] if known.any() else images[:0]


def names_of(images: pd.DataFrame, column: str) -> pd.DataFrame:
    """Say of each image which names a column of the manifest gives it; "" is none.

    Returns:
        (images, names) of bool, with the index of `images` and the sorted names as columns.
    """
    cells = [_names_in(cell, SEPARATORS.get(column)) for cell in images[column].fillna("")]
    names = sorted(set().union(*cells))
    return pd.DataFrame({name: [name in c for c in cells] for name in names}, index=images.index)


def _names_in(cell: str, separator: str | None) -> set[str]:
    parts = cell.split(separator) if separator else [cell]
    return {part.strip() for part in parts} - {""}
