#!/bin/sh
# NumPy 2.4.6, pandas 3.1.1: scores in tenths, one of each, have an empty bin and two of two.
#
# Expected by most: eleven scores 0, .1, ... 1 fill ten bins from 0 to 1 with one each, and the last with two; the bins
# that `histogram` makes and those of `linspace` hold what their edges say.
# Seen: 1 1 2 0 1 2 1 0 1 2. Edges are computed, .3 is a hair below the third of them, and goes one bin down. A plot of
# opinions in steps of a tenth shows gaps that are not there. Single precision gives the expected bins, `pandas.cut`
# does not; edges halfway between the steps are right in all.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd

steps = np.arange(11) / 10
edges = np.linspace(0, 1, 11)
counts = {
    "10 bins": np.histogram(steps, bins=10, range=(0, 1))[0],
    "edges of linspace": np.histogram(steps, bins=edges)[0],
    "single precision": np.histogram(steps.astype(np.float32), bins=10, range=(0, 1))[0],
    "pandas.cut": pd.cut(steps, edges, include_lowest=True, right=False).value_counts().to_numpy(),
    "edges halfway": np.histogram(steps, bins=np.linspace(-0.05, 1.05, 12))[0],
}
print(f"NumPy {np.__version__}, pandas {pd.__version__}")
for name, found in counts.items():
    print(f"{name}: expected: one a bin, the last may have two  seen: " + " ".join(map(str, found)))
uneven = {name for name, found in counts.items() if found[:-1].max() > 1}
if not {"10 bins", "edges of linspace"} <= uneven or "edges halfway" in uneven:
    raise SystemExit("the behaviour has changed")
PYTHON
