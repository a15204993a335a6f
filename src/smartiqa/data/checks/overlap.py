"""Images that two datasets of a study share, found by their decoded pixels.

What counts as the same image: equal size and equal pixels, whatever the file format. A test image
that the study trains on, or chooses checkpoints with, would flatter every cross-dataset result, so
it is an error of the dataset that is tested; the training set stays as it is whatever it is tested
on. All other shared images are reported and harm nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.core.tables import Columns, read_csv, read_parquet
from smartiqa.data.checks.findings import ERROR, NAMED, verified_report

LOG = logging.getLogger(__name__)
IMAGES: Columns = {
    **dict.fromkeys(("id", "split", "pixels"), "text"),
    "hash": "number",
    "left_out": "truth value",
}
SHARED_COLUMNS = ["dataset", "id", "split", "other_dataset", "other_id", "other_split"]


def checks_of(manifest: Path) -> Path:
    """The folder of what the preparation of a dataset found."""
    return manifest.parent / "checks"


def read_images(path: Path) -> pd.DataFrame:
    """Read `images.parquet`: the decodable images of a dataset, and which of them are left out.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    return read_parquet(path, IMAGES, "prepare", verified_report)


def used_images(manifest: Path) -> pd.DataFrame:
    """Read `images.parquet` of a dataset, without the images that are left out."""
    images = read_images(checks_of(manifest) / "images.parquet")
    return images[~images["left_out"]]


def seen_in_training(images: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Return the problems of test images that a study's training dataset trains on.

    Args:
        images: the tested dataset's images, columns id, split and pixels (a digest).
        training: `images.parquet` of the training dataset: the same columns and left_out.

    Returns:
        Columns problem, severity and detail; the index is that of `images`.
    """
    learnt = training[~training["left_out"] & (training["split"] != "test")]
    learnt = learnt.drop_duplicates("pixels").set_index("pixels")
    found = images[(images["split"] == "test") & images["pixels"].isin(learnt.index)]
    others = learnt.loc[found["pixels"]].set_index(found.index)
    uses = others["split"].map({"train": "trains on", "validation": "chooses checkpoints with"})
    detail = found["id"] + " has the pixels of " + others["id"] + ", which the study " + uses
    return pd.DataFrame(
        {"problem": "same pixels as in training", "severity": ERROR, "detail": detail},
        index=found.index,
    )


def list_shared_images(tables: Sequence[Path], output: Path) -> None:
    """Compare the images of all datasets and write those that occur in two.

    Args:
        tables: `<dataset>/checks/images.parquet` as the stage prepare writes it.
        output: CSV file.

    Raises:
        InputError: a table is damaged or something else, or two are of one dataset.
    """
    datasets = [table.absolute().parent.parent.name for table in tables]
    for place, name in enumerate(datasets):
        if name in datasets[:place]:
            raise InputError(f"{tables[place]} is another table of '{name}'; give each one once")
    images = [read_images(table) for table in tables]
    found = shared_images(dict(zip(datasets, images, strict=True)))
    LOG.info("%d images are in two of %d datasets", len(found), len(tables))
    with replace_atomically(output) as temporary:
        found.to_csv(temporary, index=False)


def shared_images(datasets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Find the images that two datasets have in common, apart from those left out.

    Args:
        datasets: name of a dataset -> its `images.parquet`: columns id, split, pixels, left_out.

    Returns:
        Columns `SHARED_COLUMNS`; one row for each image that an earlier dataset has too.
    """
    used = {name: images[~images["left_out"]] for name, images in datasets.items()}
    pairs = [
        used[later]
        .assign(dataset=later, other_dataset=earlier)
        .merge(_first_copies(used[earlier]), on="pixels")
        for earlier, later in combinations(used, 2)
    ]
    found = pd.concat([pd.DataFrame(columns=SHARED_COLUMNS), *pairs], ignore_index=True)
    return found[SHARED_COLUMNS]


def _first_copies(images: pd.DataFrame) -> pd.DataFrame:
    copies = images[["id", "split", "pixels"]].drop_duplicates("pixels")
    return copies.rename(columns={"id": "other_id", "split": "other_split"})


def counted_by_pair(path: Path) -> list[dict[str, Any]]:
    """Read a table of shared images and count it, one record a pair of datasets."""
    shared = read_csv(path, dict.fromkeys(SHARED_COLUMNS, "text"), "shared-images")
    return [
        {"dataset": pair[0], "other": pair[1], "images": len(ids), "first": ids[:NAMED].tolist()}
        for pair, ids in shared.groupby(["dataset", "other_dataset"], sort=False)["id"]
    ]
