#!/bin/sh
# pyarrow 26.0.1 and polars 2.1.0 with tables of DuckDB 2.0.1: the mean of 3.5, 4.0 and 4.0 is 3.8, that of 3, 4, 4 is 4.
#
# Expected by most: opinions of one decimal have a mean opinion of many, as in SQL (3.8333), and as for floats.
# Seen: DuckDB hands numbers that are typed with a point to Arrow as decimals. Arrow's mean of them, also by groups and
# in pandas, has as many decimals as the opinions: models with 3.8333 and 3.7667 are equal at 3.8, and whole opinions
# have whole means. Polars takes the mean right, and loses the digits of a quotient: 3.5 of 4.0 is .9 as 3.7 of 4.0
# is. Cast decimals to float64 first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 \
    duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

database = duckdb.connect()
opinions = "(values ('a', 3.5), ('a', 4.0), ('a', 4.0), ('b', 3.6), ('b', 3.7), ('b', 4.0)) as opinions(model, score)"
table = database.sql(f"select * from {opinions}").to_arrow_table()
print(f"DuckDB {duckdb.__version__}, pyarrow {pa.__version__}, polars {pl.__version__}, pandas {pd.__version__}")
means = database.execute(f"select avg(score) from {opinions} group by model order by model").fetchall()
grouped = table.group_by("model").aggregate([("score", "mean")]).sort_by("model")
frame = table.to_pandas(types_mapper=pd.ArrowDtype)
seen = {
    "Arrow": grouped["score_mean"].to_pylist(),
    "pandas": frame.groupby("model")["score"].mean().tolist(),
    "polars": pl.from_arrow(table).group_by("model").agg(pl.mean("score")).sort("model")["score"].to_list(),
}
whole = pc.mean(pa.array([Decimal(3), Decimal(4), Decimal(4)])).as_py()
shares = (pl.from_arrow(table)["score"] / pl.from_arrow(table)["score"].max()).to_list()
print("expected:", *(f"{mean:.4f}" for (mean,) in means), "(means of two models, in DuckDB)")
for name, values in seen.items():
    print("seen:    ", *(f"{mean:.4f}" for mean in values), f"({name})")
print(f"expected: {11 / 3:.4f}  seen: {whole} (Arrow, the mean of whole opinions)")
print(f"expected: {3.5 / 4}  seen: {shares[0]} (polars, 3.5 of 4.0), and {shares[4]} for 3.7")
rounded = all([str(mean) for mean in seen[name]] == ["3.8", "3.8"] for name in ("Arrow", "pandas"))
if not rounded or str(whole) != "4" or shares[0] != shares[4] or abs(seen["polars"][0] - means[0][0]) > 1e-9:
    raise SystemExit("the behaviour has changed")
PYTHON
