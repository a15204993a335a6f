#!/bin/sh
# pandas 3.1.1: the standard deviation of a million float32 values is 10.0, and 12.9 once Bottleneck is installed.
#
# Expected by most: a package that happens to be there makes pandas faster, or changes the last digit.
# Seen: pandas hands `std` and `var` to Bottleneck where it finds it. That adds up float32 values one by one in
# float32: sums of millions lose their end. `sem` of the same column is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1
cat >"$folder/std.py" <<'PYTHON'
import sys

import numpy as np
import pandas as pd

values = np.random.default_rng(0).normal(1500, 10, 1_000_000).astype(np.float32)
column = pd.Series(values)
expected = values.astype(float).std(ddof=1)
seen = float(column.std())
loaded = "bottleneck" in sys.modules
print(f"{'with' if loaded else 'without'} Bottleneck: {seen:.3f}, from sem: {float(column.sem()) * 1000:.3f}")
if abs(seen / expected - 1) > 0.2 if not loaded else abs(seen / expected - 1) < 0.2:
    raise SystemExit("the behaviour has changed")
PYTHON
cd "$folder"
echo "pandas 3.1.1, Bottleneck 1.6.0; a million scores near 1500; expected: 9.997 (NumPy in float64), both times"
echo "seen:"
venv/bin/python -W error std.py
venv/bin/pip install --quiet --no-compile bottleneck==1.6.0
venv/bin/python -W error std.py
