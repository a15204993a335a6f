#!/bin/sh
# DuckDB 2.0.1: with one seed, `random()` gives other rows other numbers on another number of cores.
#
# Expected by most: after `setseed` a draw of photos is the same wherever it runs, as `sample` with a seed is.
# Seen: each thread has numbers of its own, so photos drawn by `random()` with one thread are not those drawn with
# four. `USING SAMPLE ... REPEATABLE` and a hash of the id are steady.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 duckdb==2.0.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import duckdb

duckdb.sql("SELECT range AS photo FROM range(300000)").write_parquet("photos.parquet", row_group_size=20000)


def draw(threads, query):
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SELECT setseed(0.5)").fetchall()
    return tuple(connection.execute(query).fetchall())


queries = {
    "random()": "SELECT photo FROM 'photos.parquet' ORDER BY random() LIMIT 10",
    "a seeded sample": "SELECT photo FROM 'photos.parquet' USING SAMPLE reservoir(10 ROWS) REPEATABLE (5)",
    "a hash": "SELECT photo FROM 'photos.parquet' ORDER BY hash(photo) LIMIT 10",
}
print(f"DuckDB {duckdb.__version__}, ten of 300,000 photos, different draws in 20 runs with one seed")
print("expected: 1, with four threads as with one")
seen = {}
for name, query in queries.items():
    draws = {draw(1, query) for _ in range(20)}
    seen[name] = len(draws), draw(4, query) in draws
    print(f"seen:     by {name}: {seen[name][0]} with a thread; as with four: {seen[name][1]}")
if seen["random()"] != (1, False) or seen["a hash"] != (1, True):
    raise SystemExit("the behaviour has changed")
PYTHON
