#!/bin/sh
# zarr 3.1.6: scores whose chunk was not copied are read as 0.
#
# Expected by most: an array with a missing piece cannot be read, as a truncated NumPy or HDF5 file cannot.
# Seen: what has no chunk has the fill value, so a chunk that an interrupted copy, a sync or a clean-up left out is
# read as zeros, without a warning. 100 of 400 scores near 50 are 0, the mean is 37.5 instead of 50, and nothing in
# the array tells. Check the number of chunks (`nchunks_initialized`), or let the fill value be NaN.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 zarr==3.1.6
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import shutil
from pathlib import Path

import numpy as np
import zarr

scores = 50 + np.random.default_rng(0).normal(size=400)
stored = zarr.create_array("scores.zarr", shape=scores.shape, chunks=(100,), dtype="f8")
stored[:] = scores
shutil.copytree("scores.zarr", "copy.zarr")
sorted(path for path in Path("copy.zarr/c").rglob("*") if path.is_file())[1].unlink()
copy = zarr.open_array("copy.zarr", mode="r")
found = copy[:]
print(f"zarr {zarr.__version__}, a copy that lacks one of {copy.nchunks} chunks")
print(f"expected: an error, or a mean of {scores.mean():.2f}")
zeros = int((found == 0).sum())
print(f"seen:     a mean of {found.mean():.2f}, {zeros} zeros, {copy.nchunks_initialized} chunks there")
if zeros != 100:
    raise SystemExit("the behaviour has changed")
PYTHON
