"""Errors by where an image is from, what it shows, how large it is: are all served alike?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.config.planned import tried_experiments
from smartiqa.core.errors import InputError
from smartiqa.data.manifest import names_of, read_manifest
from smartiqa.metrics.by_quality import THIRDS, thirds
from smartiqa.metrics.correlation import Array, Formula, weighted_difference, weighted_srcc
from smartiqa.metrics.inference import Runs, contrast, correlation_interval
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.results.image_records import GroupErrors, GroupKind
from smartiqa.results.measures import Bounded
from smartiqa.results.study_results import Results

MOST_CLASSES = 12  # more would be no table
LEAST_RANKED = 10  # images of a group that are ranked by themselves
MEGAPIXEL = 1e6

Rows = NDArray[np.bool_]  # (images,)
Group = tuple[GroupKind, str, Rows]


def group_errors(results: Results) -> tuple[GroupErrors, ...]:
    """Return mean absolute errors and SRCC of baseline and reference by group of test images.

    Groups are the sources, the contents and the categories of scenes, where the dataset names a
    few, and thirds by the number of pixels, where images differ in it. An image of several
    categories counts in each. The intervals cover the chance of contents and seeds; where a group
    shows one content, that of its images.

    Raises:
        InputError: a table of predictions is missing or is no good.
    """
    home = results.study.training_dataset
    names = tried_experiments(results.study, results.catalogue)
    tables = {name: results.predictions(name, home) for name in names}
    images = tables[names[0]][0]
    listed = read_manifest(results.manifest(home)).set_index("id").loc[images["id"]]
    pixels = (listed["width"] * listed["height"]).to_numpy() / MEGAPIXEL

    def of_group(kind: GroupKind, name: str, rows: Rows) -> GroupErrors:
        own = {name: [table[rows] for table in found] for name, found in tables.items()}
        return GroupErrors(
            kind=kind,
            name=name,
            images=int(rows.sum()),
            quality=float(images["quality"][rows].mean()),
            errors={name: _error(results, found) for name, found in own.items()},
            srcc=_ranks(results, own) if rows.sum() >= LEAST_RANKED else {},
        )

    groups = (
        *_by_name("source", names_of(listed, "source")),
        *_by_name("content", names_of(listed, "reference")),
        *_by_name("scene", names_of(listed, "scene")),
        *_by_size(pixels),
    )
    return tuple(of_group(*group) for group in groups if group[2].sum() > 1)


def _by_name(kind: GroupKind, named: pd.DataFrame) -> Iterator[Group]:
    """Yield the images of each name, if all have one and there are not too many names."""
    if named.any(axis="columns").all() and 1 < len(named.columns) <= MOST_CLASSES:
        for name, rows in named.items():
            yield kind, str(name), rows.to_numpy()


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
    off = [t.assign(prediction=(t["prediction"] - t["quality"]).abs(), quality=0) for t in tables]
    value, low, high = contrast([over_seeds(results, off, weighted_difference)], [1]).interval()
    return Bounded(value=value, low=max(low, 0.0), high=high)


def _ranks(results: Results, tables: Mapping[str, Sequence[pd.DataFrame]]) -> dict[str, Bounded]:
    """Return the SRCC of each experiment; of none if it is undefined for one."""
    try:
        found = {name: over_seeds(results, each, weighted_srcc) for name, each in tables.items()}
    except InputError:  # the images have one score
        return {}
    return {name: Bounded.of(correlation_interval(runs)) for name, runs in found.items()}


def over_seeds(results: Results, tables: Sequence[pd.DataFrame], measure: Formula) -> Runs:
    """Return a measure of each seed, with and without groups of contents.

    Images count as contents if all show one.

    Args:
        results: of the study.
        tables: predictions of each seed on the same images, columns id, content, prediction and
            quality.
        measure: of predictions and qualities.

    Raises:
        InputError: there are fewer than two images, or the measure is undefined.
    """
    shown = tables[0]["content"]
    if shown.nunique() < 2:
        shown = tables[0]["id"]
    groups = content_groups(shown, **results.study.statistics.model_dump())
    return Runs.of(
        [jackknife(measure, table["prediction"], table["quality"], groups) for table in tables]
    )
