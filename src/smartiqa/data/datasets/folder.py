"""Anybody's own images: a folder and a CSV file with the columns `image,score[,split,...]`.

Columns beyond `image` and `score` are optional: `id` (default: the image's path), `split` (train,
validation, test or empty), `reference`, `distortion`, `level`, `spread`, `ratings`.

Options: `labels` (the CSV's name, default labels.csv), `low` and `high` (the ends of the score
scale, needed), `higher_is_better` (default true), `score_name` (default "score") and
`title` (how tables call the dataset).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from smartiqa.data.adapters import NUMBER_COLUMNS, TEXT_COLUMNS, DatasetFacts, Scale, label_frame
from smartiqa.data.label_files import read_csv
from smartiqa.errors import InputError

FACTS = DatasetFacts(
    name="folder",
    title="own images",
    images=None,
    scale=Scale(0, 100),
    score_name="score",
    citation="",
    licence="as its owner says",
    split="official",
    by_hand="put the images and labels.csv (image,score[,split]) into the dataset's folder",
    options=("labels", "low", "high", "higher_is_better", "score_name", "title"),
)


def facts_for(options: Mapping[str, Any]) -> DatasetFacts:
    """Return `FACTS` with the scale and names of the user's options.

    Raises:
        InputError: an unknown option, or a scale whose low end is not below its high end.
    """
    FACTS.require_known(options)
    low, high = (_end_of_scale(options, key) for key in ("low", "high"))
    if not low < high:
        raise InputError(f"dataset 'folder': low ({low:g}) must be below high ({high:g})")
    upwards = options.get("higher_is_better", True)
    if not isinstance(upwards, bool):
        raise InputError(
            f"dataset 'folder': the option higher_is_better is true or false, not '{upwards}'"
        )
    return replace(
        FACTS,
        title=str(options.get("title", FACTS.title)),
        scale=Scale(low, high, upwards),
        score_name=str(options.get("score_name", FACTS.score_name)),
    )


def _end_of_scale(options: Mapping[str, Any], key: str) -> float:
    value = options.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        given = "is missing" if value is None else f"is '{value}'"
        raise InputError(
            f"dataset 'folder': the option {key}, an end of the score scale, {given}; give a "
            "number, such as low: 1 and high: 5 for scores of 1 to 5"
        )
    return float(value)


def read_labels(root: Path, options: Mapping[str, Any]) -> pd.DataFrame:
    """Read the CSV file; see the module's text for its columns."""
    FACTS.require_known(options)
    source = root / str(options.get("labels", "labels.csv"))
    table = read_csv(source, needs=["image", "score"], numbers=NUMBER_COLUMNS)
    images = table["image"].str.replace("\\", "/", regex=False)
    given = {name: table[name] for name in (*TEXT_COLUMNS, *NUMBER_COLUMNS) if name in table}
    return label_frame(source, **{"id": images, **given, "file": images})
