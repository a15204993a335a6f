"""Which column of somebody's label file is what: the image by its files, the rest by its name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pandas as pd

from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name
from smartiqa.data.adapters import SEPARATORS, TEXT_COLUMNS
from smartiqa.data.datasets.folder import SPLIT_NAMES, with_suffixes
from smartiqa.data.splits import SPLITS

# How files call what the adapter `folder` calls by the first name; letters and digits only.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "split": ("split", "set", "partition", "subset"),
    "reference": ("reference", "ref", "refimg", "refimage", "content", "scene"),
    "distortion": ("distortion", "disttype", "distortiontype"),
    "source": ("source", "origin"),
    "scene": ("scene", "scenes", "scenecategory", "scenecategories", "category", "categories"),
    "level": ("level", "distlevel", "distortionlevel", "severity"),
    "spread": ("spread", "std", "sd", "stddev", "mosstd", "dmosstd", "stdmos", "mossd", "dmossd"),
    "ratings": ("ratings", "votes", "numratings", "nratings", "numvotes", "raters"),
}
SCORES = ("mos", "score", "quality", "rating", "opinion")  # what a name of scores contains
NAMED = 3  # names in a message
Cells: TypeAlias = "Mapping[str, pd.Series[str]]"


def find_columns(
    table: Cells, files: Sequence[str], given: Mapping[str, str], source: Path
) -> dict[str, str]:
    """Return the column of the table for each name that the adapter `folder` knows.

    Args:
        table: the columns of the label file by name, all cells as text.
        files: the images that there are, relative to their folder.
        given: columns that a person names, by the adapter's name.
        source: the label file, for messages.

    Raises:
        InputError: the columns have no names, none names the images, or which one holds the scores
            is not clear.
    """
    for name in table:
        if PurePosixPath(name).name.lower() in _known(files):
            raise InputError(
                f"{source} begins with a row of '{name}', not with names; put a line such as "
                "image,score above it"
            )
    for name in given.values():
        if name not in table:
            raise InputError(f"{source}: {unknown_name('column', name, [*table])}")
    found = dict(given)
    named = _by_stems(table, files)
    found.setdefault("image", _image_column(named, files, source))
    _require_files(named[found["image"]], files, source)
    for name, synonyms in SYNONYMS.items():
        free = [column for column in table if column not in found.values()]
        called = [column for column in free if _plain(column) in synonyms]
        if name not in found and called and _is_usable(table[called[0]], name):
            found[name] = called[0]
    if "score" not in found:
        found["score"] = _score_column(table, [*found.values()], source)
    return found


def looked_like(files: Iterable[str], name: str) -> list[str]:
    """Return those of the files that are called most like `name`."""
    by_name = {PurePosixPath(file).name: file for file in files}
    nearest = difflib.get_close_matches(PurePosixPath(name).name, by_name, n=NAMED, cutoff=0.3)
    return [by_name[found] for found in nearest]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _names(column: pd.Series[str]) -> pd.Series[str]:
    """The last part of each path, as files are compared: without letter case."""
    return column.str.replace("\\", "/", regex=False).str.rpartition("/")[2].str.lower()


def _known(files: Iterable[str]) -> set[str]:
    return {PurePosixPath(file).name.lower() for file in files}


def _by_stems(table: Cells, files: Sequence[str]) -> Cells:
    """The table with files in place of their stems, if no cell names a file as it is."""
    known = _known(files)
    if any(_names(column).isin(known).any() for column in table.values()):
        return table
    return {
        # Numbers that are called scores are no images, even where these are called 1 to 100.
        name: column
        if _is_numeric(column) and _sounds_like_scores(name)
        else with_suffixes(column.str.replace("\\", "/", regex=False), files)
        for name, column in table.items()
    }


def _image_column(table: Cells, files: Sequence[str], source: Path) -> str:
    """The column that names most different files."""
    known = _known(files)
    named = {name: table[name][_names(table[name]).isin(known)].nunique() for name in table}
    best = max(table, key=lambda name: named[name], default="")
    if best and named[best]:
        return best
    called = [name for name in table if _plain(name) in ("image", "img", "file", "filename")]
    texts = [name for name in table if not _is_numeric(table[name])]
    likely = next(iter([*called, *texts, *table]))
    _require_files(table[likely], files, source)
    return likely


def _require_files(column: pd.Series[str], files: Sequence[str], source: Path) -> None:
    """Refuse a column of which no cell names a file."""
    if _names(column).isin(_known(files)).any():
        return
    first = str(column.iloc[0])
    nearest = ", ".join(looked_like(files, first) or files[:NAMED])
    raise InputError(
        f"{source}: no cell of the column '{column.name}' names an image in the folder: the first "
        f"is '{first}', the nearest files are {nearest}; correct the names, or give --image-column"
    )


def _is_numeric(column: pd.Series[str]) -> bool:
    cells = column[column != ""]
    return bool(len(cells)) and bool(pd.to_numeric(cells, errors="coerce").notna().all())


def _is_usable(column: pd.Series[str], name: str) -> bool:
    """Whether a column that is called right also holds what it should."""
    if name == "split":
        return bool(column.isin({*SPLITS, *SPLIT_NAMES, ""}).all())
    if name == "reference":  # one of some images only cannot divide them, nor several of one image
        several = column.str.contains(SEPARATORS["scene"], regex=False).any()
        return bool((column != "").all()) and column.nunique() < len(column) and not several
    return name in TEXT_COLUMNS or _is_numeric(column)


def _sounds_like_scores(name: str) -> bool:
    return any(word in _plain(name) for word in SCORES)


def _score_column(table: Cells, taken: Sequence[str], source: Path) -> str:
    known = {synonym for synonyms in SYNONYMS.values() for synonym in synonyms}
    free = [name for name in table if name not in taken and _plain(name) not in known]
    sounding = [name for name in free if _sounds_like_scores(name)]
    candidates = sounding or [name for name in free if _is_numeric(table[name])]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise InputError(
            f"{source}: none of its columns ({', '.join(table)}) holds numbers that could be "
            "scores; add one, or name it with --score-column"
        )
    listed = " and ".join(f"'{name}'{_range(table[name])}" for name in candidates)
    raise InputError(f"{source}: {listed} could be the scores; say which: --score-column NAME")


def _range(column: pd.Series[str]) -> str:
    numbers = pd.to_numeric(column, errors="coerce").dropna()
    return f" ({numbers.min():g} to {numbers.max():g})" if len(numbers) else ""
