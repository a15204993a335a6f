"""Measure one run: every measure on all test images, and as contents are left out in turn.

Test images that look like one in training are left out for a second set of measures, since a model
may remember them.

This is the only place where predictions are measured; the stage collate puts runs together.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smartiqa.core.errors import InputError
from smartiqa.data.checks.near_pairs import PAIRS_FILE, near_training
from smartiqa.metrics.correlation import FORMULAS, varying_pair
from smartiqa.metrics.jackknife import Groups, content_groups, jackknife
from smartiqa.metrics.logistic import fit_logistic
from smartiqa.metrics.measures import all_measures
from smartiqa.results.run_files import COLUMNS, read_predictions


def score_tables(
    predictions: Sequence[Path],
    replicates: int,
    seed: int,
    data: Path | None = None,
    learnt: Collection[str] = (),
) -> dict[str, Any]:
    """Return the content of `metrics.json`: the measures of every table, by its dataset.

    Args:
        predictions: `<dataset>.parquet`, one for each dataset.
        replicates: as that of `score_predictions`, as is `seed`.
        seed: see there.
        data: folder of the prepared datasets; without it nothing is known of images alike.
        learnt: names of the datasets whose own images were trained on or chosen with.
    """
    scores = {}
    for table in predictions:
        pairs = data and data / table.stem / "checks" / PAIRS_FILE
        alike = near_training(pairs, learnt=table.stem in learnt) if pairs else ()
        scores[table.stem] = score_predictions(table, replicates, seed, alike)
    return scores


def score_predictions(
    predictions: Path, replicates: int, seed: int, alike: Collection[str] = ()
) -> dict[str, Any]:
    """Return every measure of one table of predictions, with what its uncertainty follows from.

    A measure has its value on all images and the values that remain without each group of contents.
    The logistic curve of those that are `fitted` is fitted once, on all images. `test_images` is a
    digest of images, scores and groups: only runs that share it can be put together.

    Args:
        predictions: Parquet, one row an image.
        replicates: most groups of contents.
        seed: of dealing contents into groups.
        alike: ids of test images that look like one that is trained on or chosen with; if there
            are any, `without_near_duplicates` has the same measures without them, unless too few
            images are left for one.

    Raises:
        InputError: the table is missing, or a measure is undefined; the message names the table.
    """
    table = read_predictions(predictions)[list(COLUMNS)]
    apart = table[~table["id"].isin(alike)].reset_index(drop=True)
    try:
        record = _measured(table, replicates, seed)
    except InputError as error:
        raise InputError(f"{predictions}: {error}") from error
    if len(apart) < len(table):
        with contextlib.suppress(InputError):  # too few are left
            record["without_near_duplicates"] = _measured(apart, replicates, seed)
    return record


def _measured(table: pd.DataFrame, replicates: int, seed: int) -> dict[str, Any]:
    raw, truth = table["prediction"].to_numpy(), table["quality"]
    varying_pair("the correlation with the true scores", raw, truth)
    groups = content_groups(table["content"], replicates, seed)
    fitted = fit_logistic(raw, truth)(raw)
    measured = {
        name: jackknife(FORMULAS[name], fitted if known.fitted else raw, truth, groups)
        for name, known in all_measures().items()
    }
    return {
        "images": len(table),
        "contents": int(table["content"].nunique()),
        "test_images": images_digest(table, groups),
        "measures": {
            name: {"value": found.value, "left_out": found.left_out.tolist()}
            for name, found in measured.items()
        },
    }


def images_digest(table: pd.DataFrame, groups: Groups) -> str:
    """Digest what was tested: the ids of images, their true scores and groups, in this order."""
    return digest(table.assign(group=groups)[["id", "quality", "group"]])


def digest(table: pd.DataFrame) -> str:
    """SHA-256 of a table's values."""
    return hashlib.sha256(np.asarray(pd.util.hash_pandas_object(table)).tobytes()).hexdigest()
