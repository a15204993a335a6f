#!/bin/sh
# polars 2.1.0, pandas 3.1.1, DuckDB 2.0.1: five counts of votes in uint8 have another sum along the row.
#
# Expected by most: a sum of small integers is widened to 64 bits, as the documentation of `sum` says, along rows as
# along columns; pandas does so, and DuckDB refuses.
# Seen: `sum`, `cum_sum`, `rolling_sum` and `mean_horizontal` of polars are right, `sum_horizontal` and `dot` wrap
# around at 256 in silence. Of 300 votes 44 are left; a mean opinion, grades by votes over votes, is 25.7 of 5, or 2.06.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 \
  duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import numpy as np
import pandas as pd
import polars as pl

GRADES = ("bad", "poor", "fair", "good", "excellent")
COUNTS = (10, 30, 60, 120, 80)
frame = pd.DataFrame(np.array([COUNTS], np.uint8), columns=list(GRADES))
table = pl.from_pandas(frame)
column = pl.Series(COUNTS, dtype=pl.UInt8)


def by_duckdb():
    try:
        return duckdb.sql(f"select {' + '.join(GRADES)} from frame").fetchall()[0][0]
    except duckdb.Error as error:
        return type(error).__name__


votes = sum(COUNTS)
opinion = sum(count * grade for grade, count in enumerate(COUNTS, start=1))
along_column, along_row = column.sum(), table.select(pl.sum_horizontal(pl.all())).item()
dotted = column.dot(pl.Series(range(1, 6), dtype=pl.UInt8))
print(f"polars {pl.__version__}, pandas {pd.__version__}, duckdb {duckdb.__version__}")
print(f"expected: {votes} votes (in a column {along_column}, pandas {frame.sum(axis=1).item()}, DuckDB {by_duckdb()})")
print(f"seen:     {along_row} in a row")
print(f"expected: a mean opinion of {opinion / votes:.2f}")
print(f"seen:     {opinion / along_row:.2f} over the votes in a row, {dotted / votes:.2f} with `dot`")
if along_column != votes or frame.sum(axis=1).item() != votes or along_row == votes or dotted == opinion:
    raise SystemExit("the behaviour has changed")
PYTHON
