#!/bin/sh
# DuckDB 2.0.1, polars 2.1.0, pyarrow 26.0.1: a score that is NaN passes `score < 10`, in a Parquet file.
#
# Expected by most: a query has the same answer for a table in memory and for the same table in a file.
# Seen: in DuckDB NaN is above every number, so `score < 10` leaves it out of a table in memory. A Parquet file
# of pyarrow or polars states the smallest and largest number of each block and passes over NaN, as the format
# asks. DuckDB believes them: where all numbers are below 10 it keeps every row, NaN too, and `score > 10`
# finds nothing where the table in memory has the NaN. A file that DuckDB wrote has no such bounds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import polars
import pyarrow
import pyarrow.parquet

table = pyarrow.table({"photo": [1, 2, 3, 4], "score": [0.1, 0.5, float("nan"), 0.4]})
pyarrow.parquet.write_table(table, "pyarrow.parquet")
polars.from_arrow(table).write_parquet("polars.parquet")
duckdb.from_arrow(table).write_parquet("duckdb.parquet")
print(f"DuckDB {duckdb.__version__}, polars {polars.__version__}, pyarrow {pyarrow.__version__}; photo 3 is NaN")


def photos(source, condition):
    return [row[0] for row in source.filter(condition).project("photo").fetchall()]


seen = {}
for condition in ("score < 10", "score > 10"):
    in_memory = photos(duckdb.from_arrow(table), condition)
    for writer in ("duckdb", "pyarrow", "polars"):
        seen[condition, writer] = photos(duckdb.read_parquet(f"{writer}.parquet"), condition)
        print(f"{condition}, file of {writer}: expected: {in_memory}  seen: {seen[condition, writer]}")
below, above = {"duckdb": [1, 2, 4]}, {"duckdb": [3]}
if any(
    seen["score < 10", writer] != below.get(writer, [1, 2, 3, 4]) or seen["score > 10", writer] != above.get(writer, [])
    for writer in ("duckdb", "pyarrow", "polars")
):
    raise SystemExit("the behaviour has changed")
PYTHON
