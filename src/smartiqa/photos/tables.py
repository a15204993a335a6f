"""Tables of scores, one row a photo, written while photos are scored: CSV, JSON and Parquet."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TextIO

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from smartiqa.core.errors import InputError
from smartiqa.photos.model import PhotoScore
from smartiqa.photos.new_files import new_file

Format = Literal["csv", "json", "parquet"]
Row = dict[str, Any]
Write = Callable[[Row], None]
ROWS_AT_ONCE = 1000  # of a Parquet file, in memory
NUMBERS = {"quality": pa.float64(), "spread": pa.float64(), "crops": pa.int64()}
SIZES = {"width": pa.int64(), "height": pa.int64()}


class Table(NamedTuple):
    """A file of rows that is to be written."""

    kind: Format
    path: Path


def one_table(files: Mapping[Format, Path | None]) -> Table | None:
    """Return the table that is asked for, if one is.

    Raises:
        InputError: several are.
    """
    given = [Table(kind, path) for kind, path in files.items() if path is not None]
    if len(given) > 1:
        names = " and ".join(f"--{table.kind}" for table in given)
        raise InputError(f"{names} exclude each other: write one table at a time")
    return given[0] if given else None


def columns(stages: int) -> dict[str, pa.DataType]:
    """Return the columns of a table of a model that weighs so many stages, with their types."""
    attention = {f"attention_{stage}": pa.float64() for stage in range(1, stages + 1)}
    return {"file": pa.string(), **NUMBERS, **attention, **SIZES, "problem": pa.string()}


def row_of(score: PhotoScore, stages: int) -> Row:
    """Return a row; what a photo without a score lacks is None."""
    scored = not score.problem
    attention = score.attention if scored else [None] * stages
    return {
        "file": score.file,
        "quality": _number(score.quality),
        "spread": _number(score.spread),
        "crops": len(score.crop_scores),
        **{f"attention_{stage}": share for stage, share in enumerate(attention, start=1)},
        "width": score.width if scored else None,
        "height": score.height if scored else None,
        "problem": score.problem or None,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


@contextlib.contextmanager
def open_table(table: Table | None, stages: int) -> Iterator[Write]:
    """Yield what writes a row; the file appears whole, when the block succeeds.

    Without a file a CSV goes to standard output, row by row.
    """
    if table is None:
        with _csv_rows(sys.stdout, stages) as write:
            yield write
        return
    with new_file(table.path) as temporary, FORMATS[table.kind](temporary, stages) as write:
        yield write


@contextlib.contextmanager
def _csv_file(path: Path, stages: int) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as stream, _csv_rows(stream, stages) as write:
        yield write


@contextlib.contextmanager
def _csv_rows(stream: TextIO, stages: int) -> Iterator[Write]:
    writer = csv.DictWriter(stream, list(columns(stages)), lineterminator="\n")
    writer.writeheader()
    yield writer.writerow


@contextlib.contextmanager
def _json_file(path: Path, stages: int) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as stream:
        separator = "[\n"

        def write(row: Row) -> None:
            nonlocal separator
            stream.write(separator + json.dumps(row, allow_nan=False))
            separator = ",\n"

        yield write
        stream.write("\n]\n")


@contextlib.contextmanager
def _parquet_file(path: Path, stages: int) -> Iterator[Write]:
    schema = pa.schema(list(columns(stages).items()))
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


FORMATS: dict[Format, Callable[[Path, int], contextlib.AbstractContextManager[Write]]] = {
    "csv": _csv_file,
    "json": _json_file,
    "parquet": _parquet_file,
}
