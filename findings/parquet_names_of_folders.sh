#!/bin/sh
# pandas 3.1.1, polars 2.1.0, DuckDB 2.0.1, fastparquet 2026.9.0: a run's name in a folder has four readings.
#
# Expected by most: `run=1_2/scores.parquet` has a run named 1_2, and readers of partitioned Parquet agree.
# Seen: fastparquet reads 12, and a date for 2024-01. Of `alpha=1e-3` polars and fastparquet make a number,
# and of `seed=01` all but DuckDB make 1. Tables that two of them have read
# from one folder do not join, or join wrongly. Keep the name in a column inside the file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 fastparquet==2026.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
from pathlib import Path

import duckdb
import pandas as pd
import polars

versions = {name: importlib.metadata.version(name) for name in ("pandas", "polars", "duckdb", "fastparquet")}
print(", ".join(" ".join(pair) for pair in versions.items()))


def readings(first, second):
    root = Path(f"of {first}")
    for name in (first, second):
        (root / f"key={name}").mkdir(parents=True)
        pd.DataFrame({"score": [0.5]}).to_parquet(root / f"key={name}" / "scores.parquet")
    query = f"SELECT key FROM read_parquet('{root}/*/*.parquet', hive_partitioning=true)"
    found = {
        "pandas": list(pd.read_parquet(root)["key"].astype(object)),
        "polars": polars.read_parquet(f"{root}/**/*.parquet", hive_partitioning=True)["key"].to_list(),
        "duckdb": [row[0] for row in duckdb.sql(query).fetchall()],
        "fastparquet": list(pd.read_parquet(root, engine="fastparquet")["key"].astype(object)),
    }
    return {reader: str(sorted(values)[0]) for reader, values in found.items()}


seen = {}
for first, second in (("1_2", "3_4"), ("2024-01", "2024-02"), ("0.001", "1e-2"), ("01", "02")):
    seen[first] = readings(first, second)
    print(f"expected: {first}  seen: {seen[first]}")
if (
    seen["1_2"] != {"pandas": "1_2", "polars": "1_2", "duckdb": "1_2", "fastparquet": "12"}
    or not seen["2024-01"]["fastparquet"].startswith("2024-01-01")
    or seen["01"] != {"pandas": "1", "polars": "1", "duckdb": "01", "fastparquet": "1"}
):
    raise SystemExit("the behaviour has changed")
PYTHON
