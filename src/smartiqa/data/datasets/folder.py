"""Anybody's own images: a folder and a CSV file with the columns `image,score[,split,...]`.

Columns beyond `image` and `score` are optional: `id` (default: the image's path, also where ids
repeat and images do not), `split` (train, validation, test or empty), `reference`, `distortion`,
`level`, `source`, `scene` (categories joined by |), `spread`, `ratings`. The option `columns` says
how the file calls them. Others are ignored, but one that is called nearly like one that `columns`
does not mention is refused: a misspelt `split` would let test images into training. An image that
is not where the file says is looked for by the end of its path; a name may be without suffix if it
is that of one image. Cells are separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pydantic import model_validator

from smartiqa.core.errors import InputError
from smartiqa.core.strict import Flag, Number, Strict, Text
from smartiqa.data.adapters import NUMBER_COLUMNS, TEXT_COLUMNS, DatasetFacts, Scale, label_frame
from smartiqa.data.labels.label_files import locate_images, read_csv
from smartiqa.data.listing import files_below, is_image

if TYPE_CHECKING:
    import pandas as pd

FACTS = DatasetFacts(
    name="folder",
    title="own images",
    images=None,
    scale=Scale(0, 100),
    score_name="score",
    citation="",
    licence="as its owner says",
    by_hand="put the images and labels.csv (image,score[,split])",
)


Column = Literal[
    "image",
    "id",
    "split",
    "reference",
    "distortion",
    "source",
    "scene",
    "score",
    "spread",
    "ratings",
    "level",
]
SEPARATORS = ",;\t"
SPLIT_NAMES = {"training": "train", "val": "validation", "valid": "validation", "testing": "test"}


class Options(Strict):
    """Which scores the images have, and how tables call them.

    `labels` is the name of the CSV file, `low` and `high` are the ends of the scale of its scores,
    and `columns` says which of its columns is what, where it is not called so.
    """

    labels: Text = "labels.csv"
    columns: dict[Column, Text] = {}
    low: Number
    high: Number
    higher_is_better: Flag = True
    score_name: Text = FACTS.score_name
    title: Text = FACTS.title

    @model_validator(mode="after")
    def _a_scale_has_two_ends(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        if not math.isfinite(self.high - self.low):
            raise ValueError(
                f"from low ({self.low:g}) to high ({self.high:g}) is too far to divide"
            )
        return self


def facts_for(options: Options) -> DatasetFacts:
    """Return `FACTS` with the scale and names of the user's options."""
    return replace(
        FACTS,
        title=options.title,
        scale=Scale(options.low, options.high, options.higher_is_better),
        score_name=options.score_name,
    )


def advice(given: Any, root: Path) -> str:
    """Where an end of the scale is missing: what an end is, and which scores there are."""
    if not isinstance(given, Mapping) or {"low", "high"} <= given.keys():
        return ""
    ends = "give both ends of the score scale, such as low: 1 and high: 5 for scores of 1 to 5"
    source = root / str(given.get("labels", "labels.csv"))
    try:
        scores = _read(source, given.get("columns", {}))["score"]
    except InputError:
        return f"; {ends}"
    return f"; {ends} (the scores in {source} lie between {scores.min():g} and {scores.max():g})"


def read_labels(root: Path, options: Options) -> pd.DataFrame:
    """Read the CSV file; see the module's text for its columns."""
    source = root / options.labels
    table = _read(source, options.columns)
    images = with_suffixes(table["image"].str.replace("\\", "/", regex=False), files_below(root))
    given = {name: table[name] for name in (*TEXT_COLUMNS, *NUMBER_COLUMNS) if name in table}
    if "id" in given and given["id"].duplicated().any() and not images.duplicated().any():
        del given["id"]  # of raters or the like, not of images
    if "split" in given:
        given["split"] = given["split"].replace(SPLIT_NAMES)
    files = locate_images(root, images)
    return label_frame(source, **{"id": images, **given, "file": files})


def with_suffixes(names: pd.Series[str], files: Iterable[str]) -> pd.Series[str]:
    """Return names of images with their suffixes; a name that is not that of one image stays."""
    known: dict[str, list[PurePosixPath]] = {}
    for file in map(PurePosixPath, files):
        if is_image(file):
            known.setdefault(file.stem.lower(), []).append(file)
    return names.map(lambda name: name + _suffix_of(name, known))


def _suffix_of(name: str, known: Mapping[str, Sequence[PurePosixPath]]) -> str:
    """What the one image has that is called so, by the end of its path; "" for none or several."""
    candidates = () if is_image(name) else known.get(PurePosixPath(name).name.lower(), ())
    end = f"/{name}".lower()
    fitting = [file for file in candidates if f"/{file.with_suffix('')}".lower().endswith(end)]
    return fitting[0].suffix if len(fitting) == 1 else ""


def separator_of(source: Path) -> str:
    """Return what separates the cells of a file's first line; a comma if there is no such file."""
    if not source.is_file():
        return SEPARATORS[0]
    with source.open(encoding="utf-8-sig", errors="replace") as lines:
        return max(SEPARATORS, key=lines.readline().count)


def _read(source: Path, columns: Mapping[Any, str]) -> pd.DataFrame:
    # What another name takes for itself is not meant by its own.
    names = {
        name: columns.get(name, name)
        for name in get_args(Column)
        if name in columns or name not in columns.values()
    }
    table = read_csv(
        source,
        needs=[names["image"], names["score"], *columns.values()],
        numbers=[names[name] for name in NUMBER_COLUMNS if name in names],
        sep=separator_of(source),
    )
    ignored = [column for column in map(str, table.columns) if column not in names.values()]
    _refuse_nearly_known(source, ignored, [name for name in names if name not in columns])
    called = {own: name for name, own in names.items()}
    # A column whose place another one takes is not meant.
    others = [name for name in names if name in table and name not in called]
    return table.drop(columns=others).rename(columns=called)


def _refuse_nearly_known(source: Path, ignored: Sequence[str], known: Sequence[str]) -> None:
    for name in ignored:
        if nearest := difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.85):
            raise InputError(
                f"{source}: the column '{name}' would be ignored; call it '{nearest[0]}' if that "
                "is meant, or give it another name"
            )
