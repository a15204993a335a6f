"""Finding and reading the label files of datasets, with errors that name file, row and column."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from smartiqa.errors import InputError

SEARCH_DEPTH = 3


def find_label_file(root: Path, *names: str, advice: str = "") -> Path:
    """Return the one file under `root` that is called like one of `names` (letter case ignored).

    Mirrors of a dataset wrap it in different top folders, so subfolders are searched too, at most
    `SEARCH_DEPTH` deep. An earlier name wins over a later one, a higher folder over a deeper one.

    Raises:
        InputError: nothing found, or two files equally deep.
    """
    for name in names:
        found = _files_called(root, name)
        depths = [len(path.parts) for path in found]
        if found and depths.count(min(depths)) > 1:
            raise InputError(f"{found[0]} and {found[1]} are both there; remove one of them.")
        if found:
            return found[depths.index(min(depths))]
    listing = " or ".join(names)
    raise InputError(f"{listing} is not in {root} or its subfolders{advice and '; ' + advice}.")


def _files_called(root: Path, name: str) -> list[Path]:
    found = []
    for folder, subfolders, files in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        subfolders[:] = sorted(sub for sub in subfolders if depth < SEARCH_DEPTH and sub[0] != ".")
        found += [Path(folder, file) for file in sorted(files) if file.lower() == name.lower()]
    return found


def read_csv(path: Path, *, needs: Iterable[str], numbers: Iterable[str] = ()) -> pd.DataFrame:
    """Read a CSV file as text, then turn the columns `numbers` (those that are there) to floats.

    Text stays text, so `007.jpg` and `NA` keep their names. Empty cells are "" or NaN.

    Raises:
        InputError: the file is missing or unreadable, a needed column is missing, or a cell of a
            number column is not a number.
    """
    if not path.is_file():
        raise InputError(f"the label file {path} does not exist; put it there.")
    try:
        table = pd.read_csv(
            path, dtype="str", keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except (ValueError, OSError) as problem:
        raise InputError(f"{path} is not a CSV file with a header line ({problem}).") from problem
    table.columns = table.columns.str.strip()
    return checked_table(table, path, needs=needs, numbers=numbers)


def checked_table(
    table: pd.DataFrame, path: Path, *, needs: Iterable[str], numbers: Iterable[str] = ()
) -> pd.DataFrame:
    """Return `table` with number columns as floats and text columns stripped; see `read_csv`."""
    absent = [name for name in needs if name not in table.columns]
    if absent:
        raise InputError(
            f"{path} has no column '{absent[0]}'; its columns are: {', '.join(table.columns)}."
        )
    table = table.copy()
    for name in table.columns:
        column = table[name].fillna("").astype("str").str.strip()
        table[name] = _to_numbers(column, path) if name in set(numbers) else column
    return table


def _to_numbers(column: pd.Series[str], path: Path) -> pd.Series[float]:
    parsed = pd.to_numeric(column.replace({"": "nan"}), errors="coerce")
    wrong = column.index[parsed.isna() & ~column.str.lower().isin({"", "nan"})]
    if len(wrong):
        raise InputError(
            f"{path}, row {wrong[0] + 1}: '{column[wrong[0]]}' in the column '{column.name}' is "
            "not a number."
        )
    return parsed.astype("float64")
