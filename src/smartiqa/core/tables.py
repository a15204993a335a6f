"""Reading tables and arrays that stages wrote, with the columns that the reader needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from smartiqa.core.errors import InputError
from smartiqa.core.files import made_anew, parsed, verified

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Kind = Literal["text", "number", "truth value"]
Columns = Mapping[str, Kind]
Check = Callable[[Path], Path]


def read_parquet(path: Path, columns: Columns, stage: str, check: Check = verified) -> pd.DataFrame:
    """Read a Parquet file.

    Args:
        path: of the file.
        columns: that it must have, with what they hold; it may have others.
        stage: that writes such files, for messages.
        check: see `smartiqa.core.files.parsed`.

    Raises:
        InputError: the file is missing, damaged or no Parquet file, or lacks a column.
    """
    import pandas as pd

    return _with_columns(
        parsed(path, "Parquet", pd.read_parquet, stage, check), columns, path, stage
    )


def read_csv(path: Path, columns: Columns, stage: str, check: Check = verified) -> pd.DataFrame:
    """Read a CSV file; the arguments are those of `read_parquet`.

    Columns of text keep what looks like a number or like a missing value.

    Raises:
        InputError: the file is missing, damaged or no CSV file, or lacks a column.
    """
    import pandas as pd

    texts = dict.fromkeys((name for name, kind in columns.items() if kind == "text"), "str")

    def parse(file: Path) -> pd.DataFrame:
        return pd.read_csv(file, dtype=texts, keep_default_na=not texts)

    return _with_columns(parsed(path, "CSV", parse, stage, check), columns, path, stage)


def read_arrays(path: Path, names: Collection[str], stage: str) -> dict[str, NDArray[np.generic]]:
    """Read all arrays of an npz file, which must have those with the given names.

    Raises:
        InputError: the file is missing, damaged or no npz file, or lacks an array.
    """
    import numpy as np

    def parse(file: Path) -> dict[str, NDArray[np.generic]]:
        found: Any = np.load(file)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with found:
            return dict(found)

    arrays = parsed(path, "npz", parse, stage)
    for name in names:
        if name not in arrays:
            raise InputError(f"{path} lacks the array '{name}'; {made_anew(stage)}")
    return arrays


def _with_columns(frame: pd.DataFrame, columns: Columns, path: Path, stage: str) -> pd.DataFrame:
    from pandas.api import types

    holds: dict[Kind, Callable[[Any], bool]] = {
        "text": types.is_string_dtype,
        "number": types.is_numeric_dtype,
        "truth value": types.is_bool_dtype,
    }
    for name, kind in columns.items():
        if name not in frame.columns:
            raise InputError(f"{path} lacks the column '{name}'; {made_anew(stage)}")
        if len(frame) and not holds[kind](frame[name]):
            raise InputError(
                f"{path}: the column '{name}' does not hold a {kind} in every row; "
                f"{made_anew(stage)}"
            )
    return frame
