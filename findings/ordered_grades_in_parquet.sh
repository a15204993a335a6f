#!/bin/sh
# pandas 3.1.1 with polars 2.1.0 and DuckDB 2.0.1: the best grade of a Parquet file is "poor".
#
# Expected by most: ordered grades, bad to excellent, keep their order in Parquet, or come back as plain text
# that nobody sorts by quality.
# Seen: pandas writes and reads the order. polars reads the same file as a Categorical, sorts it by letters and says
# that the largest is poor; `polars.from_pandas` of the table does so too. DuckDB has excellent for the table in
# memory and poor for its file. A median, a maximum or an axis of grades is wrong without a word.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 \
    duckdb==2.0.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import duckdb
import pandas
import polars

scale = ["bad", "poor", "fair", "good", "excellent"]
grades = pandas.DataFrame({"grade": pandas.Categorical(scale, categories=scale, ordered=True)})
grades.to_parquet("grades.parquet")
largest = "SELECT max(grade) FROM "
seen = {
    "pandas, file": pandas.read_parquet("grades.parquet")["grade"].max(),
    "DuckDB, table": duckdb.sql(largest + "grades").fetchall()[0][0],
    "DuckDB, file": duckdb.sql(largest + "'grades.parquet'").fetchall()[0][0],
    "polars, table": polars.from_pandas(grades)["grade"].max(),
    "polars, file": polars.read_parquet("grades.parquet")["grade"].max(),
}
print(f"pandas {pandas.__version__}, polars {polars.__version__}, DuckDB {duckdb.__version__}; the largest grade")
print("expected: excellent")
print("seen:    ", *(f"{value} ({name})" for name, value in seen.items()))
print("polars sorts:", *polars.read_parquet("grades.parquet")["grade"].sort())
if list(seen.values()) != ["excellent", "excellent", "poor", "poor", "poor"]:
    raise SystemExit("the behaviour has changed")
PYTHON
