#!/bin/sh
# pyarrow 26.0.1, datasets 5.2.0 and polars 2.1.0: a column that the first rows do not have is dropped.
#
# Expected by most: rows given as dicts become a table with every key, as in pandas; or an error says that
# the rows differ.
# Seen: pyarrow and datasets take the keys of the first row, polars of the first 100; what comes later
# is thrown away in silence. A score that only some images have (a spread, a second rating) is
# lost or kept by the order of the rows. Give a schema, or sort such a row to the front.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==2.3.3 pyarrow==26.0.1 datasets==5.2.0 polars==2.1.0
cd "$folder"
export HF_HOME="$folder/home" HF_HUB_OFFLINE=1
venv/bin/python - <<'PYTHON'
import datasets
import pandas as pd
import polars as pl
import pyarrow as pa

rows = [{"image": "1.png"}] * 100 + [{"image": "2.png", "score": 0.7}]
seen = {
    f"pandas {pd.__version__}": list(pd.DataFrame(rows)),
    f"pyarrow {pa.__version__}": pa.Table.from_pylist(rows).column_names,
    f"datasets {datasets.__version__}": datasets.Dataset.from_list(rows).column_names,
    f"polars {pl.__version__}": pl.DataFrame(rows).columns,
}
print("expected: ['image', 'score'] or an error, for 100 rows without a score and one with it")
for library, columns in seen.items():
    print(f"seen:     {columns} {library}")
columns = list(seen.values())
front = pl.DataFrame(rows[::-1]).columns, pa.Table.from_pylist(rows[::-1]).column_names
if (
    columns[0] != ["image", "score"]
    or columns[1:] != [["image"]] * 3
    or any(len(names) != 2 for names in front)
):
    raise SystemExit("the behaviour has changed")
PYTHON
