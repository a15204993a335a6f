"""Tables of scores, one row a photo, written while photos are scored: CSV, JSON and Parquet."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from smartiqa.core.errors import InputError
from smartiqa.photos.new_files import new_file

if TYPE_CHECKING:  # it loads PyTorch, and a table that cannot be written is told before
    from smartiqa.photos.model import PhotoModel, PhotoScore

Format = Literal["csv", "json", "parquet"]
Row = dict[str, Any]
Columns = dict[str, pa.DataType]
Write = Callable[[Row], None]
ROWS_AT_ONCE = 1000  # of a Parquet file, in memory
NUMBERS = {"quality": pa.float64(), "spread": pa.float64(), "crops": pa.int64()}
INTERVALS = {"interval_low": pa.float64(), "interval_high": pa.float64()}
SIZES = {"width": pa.int64(), "height": pa.int64()}


class Table(NamedTuple):
    """A file of rows that is to be written."""

    kind: Format
    path: Path


def one_table(files: Mapping[Format, Path | None]) -> Table | None:
    """Return the table that is asked for, if one is.

    Raises:
        InputError: several are, or a file is named as one of another format.
    """
    given = [Table(kind, path) for kind, path in files.items() if path is not None]
    if len(given) > 1:
        names = " and ".join(f"--{table.kind}" for table in given)
        raise InputError(f"{names} exclude each other: write one table at a time")
    for kind, path in given:
        if (ending := path.suffix.lower().removeprefix(".")) in files and ending != kind:
            raise InputError(f"--{kind} {path}: the name says {ending}; use --{ending}")
    return given[0] if given else None


def columns_of(model: PhotoModel) -> Columns:
    """Return the columns of a table of a model's scores, with their types."""
    intervals = {} if math.isnan(model.margin.half_width) else INTERVALS
    attention = {f"attention_{stage}": pa.float64() for stage in range(1, model.stages + 1)}
    ends = {**SIZES, "problem": pa.string()}
    return {"file": pa.string(), **NUMBERS, **intervals, **attention, **ends}


def row_of(score: PhotoScore, columns: Columns) -> Row:
    """Return a row; what a photo without a score lacks is None."""
    attention = {f"attention_{stage}": share for stage, share in enumerate(score.attention, 1)}
    row = {
        "file": score.file,
        "quality": _number(score.quality),
        "spread": _number(score.spread),
        "crops": len(score.crop_scores),
        "interval_low": _number(score.interval_low),
        "interval_high": _number(score.interval_high),
        **attention,
        "width": score.width or None,
        "height": score.height or None,
        "problem": score.problem or None,
    }
    return {name: row.get(name) for name in columns}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


@contextlib.contextmanager
def open_table(table: Table | None, columns: Columns) -> Iterator[Write]:
    """Yield what writes a row; the file appears whole, when the block succeeds.

    Without a file a CSV goes to standard output, row by row.
    """
    if table is None:
        with _csv_rows(sys.stdout, columns) as write:
            yield write
        return
    with new_file(table.path) as temporary, FORMATS[table.kind](temporary, columns) as write:
        yield write


@contextlib.contextmanager
def _csv_file(path: Path, columns: Columns) -> Iterator[Write]:
    with (
        path.open("w", encoding="utf-8", newline="") as stream,
        _csv_rows(stream, columns) as write,
    ):
        yield write


@contextlib.contextmanager
def _csv_rows(stream: TextIO, columns: Columns) -> Iterator[Write]:
    writer = csv.DictWriter(stream, list(columns), lineterminator="\n")
    writer.writeheader()

    def write(row: Row) -> None:
        writer.writerow(row)
        stream.flush()  # somebody may be reading along, or have stopped to

    yield write


@contextlib.contextmanager
def _json_file(path: Path, columns: Columns) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as stream:
        separator = "[\n"

        def write(row: Row) -> None:
            nonlocal separator
            stream.write(separator + json.dumps(row, allow_nan=False))
            separator = ",\n"

        yield write
        stream.write("\n]\n")


@contextlib.contextmanager
def _parquet_file(path: Path, columns: Columns) -> Iterator[Write]:
    schema = pa.schema(list(columns.items()))
    waiting: list[Row] = []
    with ParquetWriter(path, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, schema))
            waiting.clear()

        def write(row: Row) -> None:
            waiting.append(row)
            if len(waiting) == ROWS_AT_ONCE:
                flush()

        yield write
        flush()


FORMATS: dict[Format, Callable[[Path, Columns], contextlib.AbstractContextManager[Write]]] = {
    "csv": _csv_file,
    "json": _json_file,
    "parquet": _parquet_file,
}
