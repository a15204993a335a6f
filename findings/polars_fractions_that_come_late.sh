#!/bin/sh
# polars 2.1.0: a score of .9 is 0, if a hundred whole ones come before it.
#
# Expected by most: a table made from rows has floats where any row has one, or an error says which row does not fit.
# Seen: the type is told by the first hundred rows. Where these hold whole numbers, as integers do in JSON, the
# fractions that follow are cut off without a word: .9 becomes 0, and 4.7 becomes 4. A reader of lines of
# JSON stops with an error instead; pandas, pyarrow and DuckDB make floats of all. Give a schema.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import pandas as pd
import polars
import pyarrow

rows = [{"photo": place, "score": place % 5} for place in range(100)]
rows += [{"photo": 100, "score": 4.7}, {"photo": 101, "score": 0.9}]
tables = {
    "polars": polars.DataFrame(rows)["score"].to_list(),
    "polars, whole table looked at": polars.DataFrame(rows, infer_schema_length=None)["score"].to_list(),
    "pandas": pd.DataFrame(rows)["score"].to_list(),
    "pyarrow": pyarrow.Table.from_pylist(rows)["score"].to_pylist(),
}
print(f"polars {polars.__version__}, pandas {pd.__version__}, pyarrow {pyarrow.__version__}; last two scores")
for name, scores in tables.items():
    print(f"{name}: expected: [4.7, 0.9]  seen: {scores[-2:]}")
others = all(scores[-2:] == [4.7, 0.9] for name, scores in tables.items() if name != "polars")
if tables["polars"][-2:] != [4, 0] or not others:
    raise SystemExit("the behaviour has changed")
PYTHON
