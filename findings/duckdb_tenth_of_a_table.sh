#!/bin/sh
# DuckDB 2.0.1: a sample of 10 % of 1500 photos is none or all of them.
#
# Expected by most: "USING SAMPLE 10%" draws each row with a chance of a tenth, about 150 of 1500, and the mean score
# of a sample is as uncertain as that of 150 photos.
# Seen: whole blocks of 2048 rows are drawn, with a chance of a tenth each: of 1500 photos none or all, of 20,000 up to
# three runs, or nothing in a third of the draws. Where a set is sorted by distortion, a sample holds 3 to 11 of 25
# kinds. Rows are drawn one by one only for "10% (bernoulli)", or where a number of rows is asked for.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile duckdb==2.0.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import duckdb

DRAWS = 40


def draws(photos, kinds, method):
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute(f"CREATE TABLE scores AS SELECT i // {photos // kinds} AS kind FROM range({photos}) AS r(i)")
    query = "SELECT count(*), count(DISTINCT kind) FROM scores USING SAMPLE 10% ({}, {})"
    return [connection.execute(query.format(method, seed)).fetchall()[0] for seed in range(DRAWS)]


print(f"DuckDB {duckdb.__version__}; photos, and kinds of distortion of 25, in ten samples of a tenth")
seen = {}
for photos in (1500, 20_000):
    for method in ("bernoulli", "system"):
        seen[photos, method] = draws(photos, 25, method)
        name = "expected: " if method == "bernoulli" else "seen:     "
        print(name, *(f"{count} ({kinds})" for count, kinds in seen[photos, method][:10]), f"of {photos}")
connection = duckdb.connect()
connection.execute("CREATE TABLE scores AS SELECT i FROM range(1500) AS r(i)")
default = {connection.execute("SELECT count(*) FROM scores USING SAMPLE 10%").fetchall()[0][0] for _ in range(DRAWS)}
print(f"seen:      {sorted(default)} of 1500 without a method")
whole = {count for count, _ in seen[1500, "system"]} <= {0, 1500} and default <= {0, 1500}
few = sorted(kinds for _, kinds in seen[20_000, "system"])[DRAWS // 2] < 10
if not whole or not few or any(kinds < 25 for _, kinds in seen[20_000, "bernoulli"]):
    raise SystemExit("the behaviour has changed")
PYTHON
