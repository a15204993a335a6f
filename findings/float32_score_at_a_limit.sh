#!/bin/sh
# pandas 3.1.1 with numexpr 2.14.2, pyarrow 26.0.1 and DuckDB 2.0.1: a score of .7 in float32 passes `>= 0.7` or not,
# by how many rows there are and how it is asked.
#
# Expected by most: float32 holds .7 inexactly, so such a score passes or does not; whichever, it is the same for
# a column of any length, for a filter while reading as after it, and for a limit typed into a query or handed to it.
# Seen: it passes in pandas, and no longer in the same table once it has more than a million rows and numexpr is
# installed. A table that is read with `filters` lacks it. In DuckDB it passes a typed limit, and not a parameter.
# Half of the limits of two decimals are such. Compare with a limit of the column's type, or keep scores in float64.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 numexpr==2.14.2 pyarrow==26.0.1 \
    duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import numexpr
import numpy as np
import pandas as pd
import pyarrow

LIMIT = 0.7
scores = pd.DataFrame({"score": np.array([0.5, 0.6, 0.7, 0.8, 0.9], np.float32)})
scores.to_parquet("scores.parquet")
many = pd.concat([scores] * 200_001, ignore_index=True)
database = duckdb.connect()
count = "select count(*) from 'scores.parquet' where score >= "
seen = {
    "pandas, 5 rows": int((scores.score >= LIMIT).sum()),
    "pandas, 1,000,005 rows": round(float((many.score >= LIMIT).mean() * 5)),
    "pandas, while reading": len(pd.read_parquet("scores.parquet", filters=[("score", ">=", LIMIT)])),
    "DuckDB, typed": database.execute(count + str(LIMIT)).fetchall()[0][0],
    "DuckDB, a parameter": database.execute(count + "?", [LIMIT]).fetchall()[0][0],
}
versions = f"pandas {pd.__version__}, numexpr {numexpr.__version__}, pyarrow {pyarrow.__version__}"
print(f"{versions}, DuckDB {duckdb.__version__}")
print(f"expected: one number of scores of .5, .6, .7, .8 and .9 that are at least {LIMIT}")
for name, number in seen.items():
    print(f"seen:     {number} of 5 ({name})")
if list(seen.values()) != [3, 2, 2, 3, 2]:
    raise SystemExit("the behaviour has changed")
PYTHON
