#!/bin/sh
# pyarrow 26.0.1, Dask 2026.8.0, pandas 3.1.1, polars 2.1.0, DuckDB 2.0.1: a table in twelve parts comes back in
# another order, also where pyarrow itself wrote them.
#
# Expected by most: a table that is written and read has its rows in their order.
# Seen: parts are named by number without leading zeros and read by letters: part-10 and part-11 before part-2. Up
# to ten parts all is well. Dask reads its own folders by number; what pandas reads of them is in another order.
# Scores kept beside the table, in an array, belong to other photos then.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 pyarrow==26.0.1 \
  polars==2.1.0 duckdb==2.0.1 dask==2026.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import dask.dataframe
import duckdb
import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pyarrow.dataset
from scipy.stats import spearmanr

draw = np.random.default_rng(0)
opinion = np.sort(draw.uniform(1, 5, 1200))
score = opinion + draw.normal(0, 0.3, 1200)  # stays in memory
table = pd.DataFrame({"opinion": opinion})
for parts in (10, 12):
    rows = 1200 // parts
    pyarrow.dataset.write_dataset(
        pa.Table.from_pandas(table), f"arrow-{parts}", format="parquet", max_rows_per_file=rows, max_rows_per_group=rows
    )
    dask.dataframe.from_pandas(table, npartitions=parts).to_parquet(f"dask-{parts}", write_index=False)
readers = {
    "pyarrow": lambda path: pyarrow.dataset.dataset(path).to_table()["opinion"].to_numpy(),
    "pandas": lambda path: pd.read_parquet(path)["opinion"].to_numpy(),
    "polars": lambda path: polars.read_parquet(f"{path}/*.parquet")["opinion"].to_numpy(),
    "DuckDB": lambda path: duckdb.sql(f"SELECT opinion FROM '{path}/*.parquet'").df()["opinion"].to_numpy(),
    "Dask": lambda path: dask.dataframe.read_parquet(path).compute()["opinion"].to_numpy(),
}
expected = spearmanr(opinion, score).statistic
print(*(f"{name} {version(name)}" for name in ("pyarrow", "pandas", "polars", "duckdb", "dask")), sep=", ")
print(f"expected: SRCC {expected:.3f} with the scores in memory")
seen = {}
for folder in ("arrow-10", "arrow-12", "dask-12"):
    for name, read in readers.items():
        seen[folder, name] = round(float(spearmanr(read(folder), score).statistic), 3)
    print(f"seen:     {folder}:", *(f"{seen[folder, name]:.3f} ({name})" for name in readers))
same = round(float(expected), 3)
if not (
    {seen["arrow-10", name] for name in readers} == {same}
    and seen["dask-12", "Dask"] == same
    and max(seen["arrow-12", "pyarrow"], *(seen["dask-12", name] for name in readers if name != "Dask")) < same - 0.1
):
    raise SystemExit("the behaviour has changed")
PYTHON
