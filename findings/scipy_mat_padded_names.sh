#!/bin/sh
# SciPy 1.17.1: file names written with `savemat` come back with blanks at their ends.
#
# Expected by most: a list of strings becomes a cell array, and each name comes back as it was.
# Seen: it becomes a matrix of characters, whose rows have one length, so the shorter names are padded
# and `name in files` is false for all but the longest. An object array becomes a cell array.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
import scipy

names = ["I1.bmp", "I10.bmp", "I100.bmp"]


def round_trip(value):
    file = io.BytesIO()
    scipy.io.savemat(file, {"names": value})
    return np.ravel(scipy.io.loadmat(file, squeeze_me=True)["names"]).tolist()


listed, cells = round_trip(names), round_trip(np.array(names, dtype=object))
print(f"SciPy {scipy.__version__}")
print(f"expected: {names}")
print(f"seen:     {listed} from a list, {cells} from an object array")
if listed != [name.ljust(8) for name in names] or cells != names:
    raise SystemExit("the behaviour has changed")
PYTHON
