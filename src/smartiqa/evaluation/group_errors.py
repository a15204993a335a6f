"""Errors by what an image shows, and by how large it is: are all images served alike?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.config.study import tried_experiments
from smartiqa.data.manifest import read_manifest
from smartiqa.evaluation.scoring import contents
from smartiqa.metrics.by_quality import THIRDS, thirds
from smartiqa.metrics.correlation import Array, weighted_difference
from smartiqa.metrics.inference import Runs, contrast
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.results.image_records import GroupErrors, GroupKind
from smartiqa.results.measures import Bounded
from smartiqa.results.study_results import Results

MOST_CLASSES = 12  # more would be no table
MEGAPIXEL = 1e6

Rows = NDArray[np.bool_]  # (images,)
Group = tuple[GroupKind, str, Rows]


def group_errors(results: Results) -> tuple[GroupErrors, ...]:
    """Return the mean absolute errors of baseline and reference by group of test images.

    Groups are the contents, where the dataset names a few, and thirds by the number of pixels,
    where images differ in it. The intervals cover the chance of contents and seeds; where a group
    shows one content, that of its images.

    Raises:
        InputError: a table of predictions is missing or is no good.
    """
    home = results.study.training_dataset
    names = tried_experiments(results.study, results.catalogue)
    tables = {name: results.predictions(name, home) for name in names}
    sizes = read_manifest(results.manifest(home)).set_index("id")
    images = tables[names[0]][0]
    pixels = (sizes["width"] * sizes["height"])[images["id"]].to_numpy() / MEGAPIXEL

    def errors(rows: Rows) -> dict[str, Bounded]:
        return {name: _error(results, [t[rows] for t in found]) for name, found in tables.items()}

    return tuple(
        GroupErrors(kind=kind, name=name, images=int(rows.sum()), errors=errors(rows))
        for kind, name, rows in (*_by_content(images), *_by_size(pixels))
        if rows.sum() > 1
    )


def _by_content(images: pd.DataFrame) -> Iterator[Group]:
    """Yield the contents, if the dataset names some of them and not too many."""
    names = sorted({*images["reference"]})
    if "" not in names and 1 < len(names) <= MOST_CLASSES:
        for name in names:
            yield "content", name, (images["reference"] == name).to_numpy()


def _by_size(pixels: Array) -> Iterator[Group]:
    """Yield thirds of the images by size, megapixels, if there are at least two."""
    third = thirds(pixels)
    found = [third == name for name in THIRDS if (third == name).any()]
    if len(found) > 1:
        for rows in found:
            low, high = pixels[rows].min(), pixels[rows].max()
            yield "size", " to ".join(dict.fromkeys(f"{end:.3g}" for end in (low, high))), rows


def _error(results: Results, tables: Sequence[pd.DataFrame]) -> Bounded:
    """Return the mean absolute error over seeds, given the same images of each."""
    shown = contents(tables[0])
    if shown.nunique() < 2:
        shown = tables[0]["id"]
    groups = content_groups(shown, **results.study.statistics.model_dump())
    found = [
        jackknife(
            weighted_difference,
            (table["prediction"] - table["quality"]).abs(),
            np.zeros(len(table)),
            groups,
        )
        for table in tables
    ]
    runs = Runs(np.array([each.value for each in found]), np.array([x.left_out for x in found]))
    value, low, high = contrast([runs], [1]).interval()
    return Bounded(value=value, low=max(low, 0.0), high=high)
