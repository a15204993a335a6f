#!/bin/sh
# NumPy 2.4.6, pandas 3.1.1, polars 2.1.0, DuckDB 2.0.1: every second published value has two roundings.
#
# Expected by most: .9245 is rounded to three decimals as its float lies, or half to even: the same in print and in an
# array, for values that a paper gives with four decimals.
# Seen: Python looks at the float itself. NumPy, pandas and polars multiply by 1000 first, which makes a tie of
# it, and go to the even neighbour; DuckDB does as Python but for real ties. Of the thousand values that end in 5 about half differ
# between `f"{x:.3f}"` and `round` of an array. A table rounded in the data frame and one formatted in the
# template disagree in the last digit.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import numpy as np
import pandas as pd
import polars

values = [step / 10_000 for step in range(5, 10_000, 10)]
frame = pd.DataFrame({"place": range(len(values)), "value": values})
rounded = {
    "Python's round": [round(value, 3) for value in values],
    "NumPy": np.round(values, 3),
    "pandas": frame["value"].round(3),
    "polars": polars.Series(values).round(3),
    "DuckDB": [row[0] for row in duckdb.sql("SELECT round(value, 3) FROM frame ORDER BY place").fetchall()],
}
printed = [f"{value:.3f}" for value in values]
print(f"NumPy {np.__version__}, pandas {pd.__version__}, polars {polars.__version__}, DuckDB {duckdb.__version__}")
seen = {}
for name, numbers in rounded.items():
    differs = [pair for pair in zip(values, printed, numbers, strict=True) if f"{pair[2]:.3f}" != pair[1]]
    seen[name] = len(differs)
    example = ", as {} printed {} and rounded {:.3f}".format(*differs[-1]) if differs else ""
    print(f"{name}: expected: 0 of 1000 differ from print  seen: {len(differs)}{example}")
same = seen["NumPy"] == seen["pandas"] == seen["polars"]
if seen["Python's round"] or not same or not 400 < seen["NumPy"] < 600:
    raise SystemExit("the behaviour has changed")
PYTHON
