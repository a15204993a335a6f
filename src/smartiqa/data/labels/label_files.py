"""Finding and reading the files of datasets, with errors that name file, row and column.

Adapters import this module, and the workflow adapters: what is slow to import is imported to read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from smartiqa.core.errors import InputError
from smartiqa.data.listing import files_below

if TYPE_CHECKING:
    import pandas as pd

DECIMAL_COMMA = r"[+-]?[0-9]+,[0-9]+"
DECIMAL_POINT = r"[+-]?[0-9]*\.[0-9]+"
THOUSANDS_COMMA = r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"
WHOLE_NUMBER = r"[+-]?[0-9]+"
HEADER_ROWS = 10  # an Excel header is among the first so many rows
NEW_EXCEL, OLD_EXCEL = ".xlsx", ".xls"


def find_label_file(
    root: Path, *names: str, advice: str = "", refused: Mapping[str, str] | None = None
) -> Path:
    """Return the one file under `root` that is called like one of `names` (letter case ignored).

    Mirrors of a dataset wrap it in different top folders, so subfolders are searched too, at most
    `SEARCH_DEPTH` deep. An earlier name wins over a later one, a higher folder over a deeper one.
    An Excel file may also be there in Excel's older format, `.xls`.

    Args:
        root: the dataset's folder.
        names: how the file may be called.
        advice: what to do if it is not there.
        refused: files that go round with the dataset and must not be taken for its labels, with
            the reason; it is told if such a file is all that is there.

    Raises:
        InputError: nothing found, or two files equally deep.
    """
    if (found := find_optional_file(root, *names)) is not None:
        return found
    present = files_below(root)
    hints = [
        f"{root / _called(name, present)[0]} will not do: {reason}"
        for name, reason in (refused or {}).items()
        if _called(name, present)
    ]
    hint = "".join(f"; {text}" for text in [*hints, advice] if text)
    raise InputError(f"{' or '.join(names)} is not in {root} or its subfolders{hint}")


def find_optional_file(root: Path, *names: str) -> Path | None:
    """Return what `find_label_file` returns, or None if there is no such file.

    Raises:
        InputError: two files equally deep.
    """
    present = files_below(root)
    older = [name.removesuffix("x") for name in names if name.endswith(NEW_EXCEL)]
    for name in (*names, *older):
        if found := _called(name, present):
            return root / _highest(found, root)
    return None


def _called(name: str, files: Iterable[str]) -> list[str]:
    return [file for file in files if PurePosixPath(file).name.lower() == name.lower()]


def locate_images(root: Path, files: Iterable[str], *, any_folder: bool = False) -> list[str]:
    """Return where each image really lies, relative to `root`, letter case ignored.

    Archives of one dataset differ in their top folder (and TID2013 in its letter case), so a file
    that is not at its place is looked for by its trailing path, such as `*/1024x768/17.jpg`.

    Args:
        root: the dataset's folder.
        files: paths as the dataset's own archive has them.
        any_folder: whether a file of the same name in any folder will do.

    Returns:
        One path for each file; a file that is nowhere keeps the path it should have.

    Raises:
        InputError: two candidates for one file.
    """
    known: dict[str, list[str]] = {}
    for file in files_below(root):
        known.setdefault(PurePosixPath(file).name.lower(), []).append(file)
    located = []
    for file in files:
        candidates = known.get(PurePosixPath(file).name.lower(), [])
        fitting = [path for path in candidates if f"/{path}".lower().endswith(f"/{file}".lower())]
        choice = fitting or (candidates if any_folder else [])
        located.append(file if file in choice or not choice else _highest(choice, root))
    return located


def _highest(files: list[str], root: Path) -> str:
    """The file in the highest folder; two equally high ones are an error."""
    ordered = sorted(files, key=lambda file: (file.count("/"), file))
    if len(ordered) > 1 and ordered[0].count("/") == ordered[1].count("/"):
        raise InputError(f"{ordered[0]} and {ordered[1]} are both in {root}; remove one of them")
    return ordered[0]


def read_csv(
    path: Path, *, needs: Iterable[str], numbers: Iterable[str] = (), **options: Any
) -> pd.DataFrame:
    """Read a CSV file as text, then turn the columns `numbers` (those that are there) to floats.

    Text stays text, so `007.jpg` and `NA` keep their names. Empty cells are "" or NaN. Where commas
    separate no cells, they may be decimal ones, but not beside decimal points.

    Args:
        path: the file.
        needs: columns that must be there.
        numbers: columns that hold numbers.
        options: more arguments of `pandas.read_csv`, such as `sep` for other separators.

    Raises:
        InputError: the file is missing or unreadable, a needed column is missing, or a cell of a
            number column is not a number.
    """
    import pandas as pd

    if not path.is_file():
        raise InputError(f"the label file {path} does not exist; put it there")
    try:
        with warnings.catch_warnings():  # pandas only warns of a line with too many cells
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path,
                dtype="str",
                keep_default_na=False,
                encoding="utf-8-sig",
                index_col=False,
                **options,
            )
    except UnicodeDecodeError as problem:
        raise InputError(
            f"{path} is not a table of labels: it is no text in UTF-8; save it as CSV in UTF-8"
        ) from problem
    except (ValueError, OSError, pd.errors.ParserWarning) as problem:
        raise InputError(f"{path} is not a table of labels ({_in_a_line(problem)})") from problem
    table.columns = table.columns.astype("str").str.strip()
    if options.get("sep", ",") != ",":
        for name in set(numbers) & set(table):
            _require_one_decimal_sign(table[name].str.strip(), path)
            table[name] = with_decimal_points(table[name])
    return _checked(table, path, needs, numbers)


def with_decimal_points(column: pd.Series[str]) -> pd.Series[str]:
    """Return numbers that are written with decimal commas with points; any other text as it is."""
    cells = column.str.strip()
    points = cells.str.replace(",", ".", regex=False)
    return column.where(~cells.str.fullmatch(DECIMAL_COMMA), points)


def _require_one_decimal_sign(cells: pd.Series[str], path: Path) -> None:
    """Refuse numbers with points among others with commas, and commas that may part thousands."""
    commas = cells[cells.str.fullmatch(DECIMAL_COMMA)]
    points = cells[cells.str.fullmatch(DECIMAL_POINT)]
    if len(commas) and len(points):
        odd, usual = sorted((points, commas), key=len)
        raise InputError(
            f"{path}, row {odd.index[0] + 1}: '{odd.iloc[0]}' in the column '{cells.name}' is not "
            f"written as '{usual.iloc[0]}' and others are; write all with commas or all with points"
        )
    whole = cells[cells.str.fullmatch(WHOLE_NUMBER)]
    if len(commas) and len(whole) and commas.str.fullmatch(THOUSANDS_COMMA).all():
        raise InputError(
            f"{path}, row {commas.index[0] + 1}: '{commas.iloc[0]}' in the column '{cells.name}' "
            f"may part thousands, since others such as '{whole.iloc[0]}' are whole numbers; write "
            "it without comma, or with a decimal point"
        )


def read_excel(
    path: Path, *, needs: Iterable[str], numbers: Iterable[str], sheet: str | int = 0
) -> pd.DataFrame:
    """Read a sheet of an Excel file; its header is the first row that has all of `needs`.

    Rows above the header and columns without a name are ignored; errors are those of `read_csv`.
    The older format (`.xls`) needs the package xlrd, which nothing else does.
    """
    import pandas as pd

    old = path.suffix.lower() == OLD_EXCEL
    try:
        cells = pd.read_excel(
            path, sheet_name=sheet, header=None, engine="xlrd" if old else "openpyxl"
        )
    except ImportError as problem:
        raise InputError(
            f"{path} has Excel's older format: save it as {path.stem}{NEW_EXCEL}, or install the "
            "package xlrd, which reads it"
        ) from problem
    except Exception as problem:  # the engines raise a dozen types for a file that is not Excel
        raise InputError(
            f"{path} is not a readable Excel file ({_in_a_line(problem)})"
        ) from problem
    rows = cells.astype("str").apply(lambda column: column.str.strip())
    for place in range(min(HEADER_ROWS, len(rows))):
        if set(needs) <= set(rows.iloc[place]):
            named = cells.loc[place + 1 :, cells.loc[place].notna()]
            table = named.set_axis(rows.loc[place, named.columns].tolist(), axis="columns")
            return _checked(table.dropna(how="all", ignore_index=True), path, needs, numbers)
    raise InputError(f"{path} has no header row with the columns {', '.join(needs)}")


def read_mat(path: Path, *names: str) -> list[list[Any]]:
    """Return the vectors `names` of a MATLAB file as lists; cells of text become strings.

    Raises:
        InputError: the file cannot be read or lacks one of the vectors, or their lengths differ.
    """
    import numpy as np
    from scipy.io import loadmat

    try:
        content = loadmat(path, squeeze_me=True)
    except Exception as problem:  # as above
        raise InputError(
            f"{path} is not a readable MATLAB file ({_in_a_line(problem)})"
        ) from problem
    absent = [name for name in names if name not in content]
    if absent:
        raise InputError(f"{path} has no variable '{absent[0]}'")
    vectors = [np.ravel(content[name]).tolist() for name in names]
    if len({len(vector) for vector in vectors}) > 1:
        raise InputError(f"{path}: {' and '.join(names)} differ in length")
    return vectors


def _in_a_line(problem: Exception) -> str:
    """What a parser says, which may end with a line break."""
    return " ".join(str(problem).split())


def parts_of_names(names: pd.Series[str], pattern: str, source: Path) -> pd.DataFrame:
    """Return the named groups of `pattern` in each file name, one column a group, as text.

    Raises:
        InputError: a name does not have the form; the message names it and its row.
    """
    wrong = names.index[~names.str.fullmatch(pattern)]
    if len(wrong):
        raise InputError(
            f"{source}, row {wrong[0] + 1}: '{names[wrong[0]]}' does not have the form {pattern}"
        )
    return names.str.extract(f"^{pattern}$")


def _checked(
    table: pd.DataFrame, path: Path, needs: Iterable[str], numbers: Iterable[str]
) -> pd.DataFrame:
    """Return `table` with number columns as floats and text columns stripped."""
    absent = [name for name in needs if name not in table.columns]
    if absent:
        raise InputError(
            f"{path} has no column '{absent[0]}'; its columns are: {', '.join(table.columns)}"
        )
    table = table.copy()
    for name in table.columns:
        column = table[name].fillna("").astype("str").str.strip()
        table[name] = _to_numbers(column, path) if name in set(numbers) else column
    return table


def _to_numbers(column: pd.Series[str], path: Path) -> pd.Series[float]:
    import pandas as pd

    parsed = pd.to_numeric(column.replace({"": "nan"}), errors="coerce")
    wrong = column.index[parsed.isna() & ~column.str.lower().isin({"", "nan"})]
    if len(wrong):
        raise InputError(
            f"{path}, row {wrong[0] + 1}: '{column[wrong[0]]}' in the column '{column.name}' is "
            "not a number"
        )
    return parsed.astype("float64")
