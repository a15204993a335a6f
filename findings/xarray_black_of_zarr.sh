#!/bin/sh
# xarray 2026.9.0, zarr 3.1.6: black pixels of a photo in a Zarr of format 2 are missing, of format 3 they are black.
#
# Expected by most: what was written is read back; a fill value is for chunks that were never written.
# Seen: xarray takes the fill value of format 2 (0 unless something else is asked for) as a mark for missing values. A
# uint8 photo comes back as floats with NaN for each 0, scores of 0 are NaN, and means leave them out without a word:
# 85 for 64 if a quarter is black. In format 3 zarr and xarray agree.
# `xarray.open_zarr(..., mask_and_scale=False)` reads what is there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 zarr==3.1.6 xarray==2026.9.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
import xarray
import zarr

photo = np.random.default_rng(0).integers(1, 170, (64, 64)).astype(np.uint8)
photo[:16] = 0
ARRAYS = {"photo": (photo, ("row", "column")), "score": (np.array([-2.0, -1.0, 0.0, 1.0, 5.0]), ("rater",))}
print(f"xarray {xarray.__version__}, zarr {zarr.__version__}")
seen = {}
for form in (3, 2):
    group = zarr.open_group(f"form{form}.zarr", mode="w", zarr_format=form)
    for name, (values, dimensions) in ARRAYS.items():
        names = {"dimension_names": dimensions} if form == 3 else {}
        stored = group.create_array(name, shape=values.shape, dtype=values.dtype, **names)
        if form == 2:
            stored.attrs["_ARRAY_DIMENSIONS"] = list(dimensions)
        stored[:] = values
        assert np.array_equal(group[name][:], values)
    table = xarray.open_zarr(f"form{form}.zarr", consolidated=False, chunks=None)
    seen[form] = float(table.photo.mean()), float(table.score.mean())
    print(f"format {form}, {table.photo.dtype}:")
    for (name, (values, _)), value in zip(ARRAYS.items(), seen[form], strict=True):
        print(f"  expected: {values.mean():.2f}  seen: {value:.2f} (mean of {name})")
right = float(photo.mean()), 0.6
if not np.allclose(seen[3], right) or seen[2][0] < right[0] + 10 or seen[2][1] < right[1] + 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
