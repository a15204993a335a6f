#!/bin/sh
# polars 2.1.0 with fastexcel 0.21.0: photos whose names have letters lose them in a sheet that begins with numbers.
#
# Expected by most: a column of names that are mostly numbers keeps the others, as in pandas, or there is an error, as
# for the same table in CSV.
# Seen: the first thousand rows say that it holds integers, and each later name with a letter is missing, without a
# warning. A join with predictions then leaves out those 300 photos of 1500, the second batch of a study, and the mean
# opinion is 3.0 for 3.3. `infer_schema_length=None` keeps the names.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 openpyxl==3.1.5 polars==2.1.0 \
    fastexcel==0.21.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pandas as pd
import polars as pl

FIRST, SECOND = 1200, 300
photos = [*range(1, FIRST + 1), *(f"{photo}b" for photo in range(1, SECOND + 1))]
table = pd.DataFrame({"photo": photos, "mos": [3.0] * FIRST + [4.5] * SECOND})
table.to_excel("scores.xlsx", index=False)
predictions = pl.DataFrame({"photo": [str(photo) for photo in photos], "prediction": table["mos"].to_list()})


def joined(scores):
    named = scores.with_columns(pl.col("photo").cast(pl.String))
    return named.join(predictions, on="photo")


print(*(f"{name} {version(name)}" for name in ("polars", "fastexcel", "pandas")), sep=", ")
read = pl.read_excel("scores.xlsx")
whole = pl.read_excel("scores.xlsx", infer_schema_length=None)
by_pandas = pd.read_excel("scores.xlsx")["photo"].iloc[-1]
try:
    from_csv = pl.read_csv(io.BytesIO(table.to_csv(index=False).encode()))["photo"][-1]
except pl.exceptions.ComputeError:
    from_csv = "an error"
print(f"the last name, expected: {photos[-1]} or an error")
print(f"  seen: {read['photo'][-1]}; with pandas {by_pandas}; from CSV {from_csv}")
seen = {}
for name, scores in {"as it is": read, "infer_schema_length=None": whole}.items():
    pairs = joined(scores)
    seen[name] = pairs.height, round(pairs["mos"].mean(), 3)
    print(f"photos in a join and their mean, expected: {len(photos)}, 3.3  seen: {seen[name]} ({name})")
if seen != {"as it is": (FIRST, 3.0), "infer_schema_length=None": (len(photos), 3.3)} or read["photo"][-1] is not None:
    raise SystemExit("the behaviour has changed")
PYTHON
