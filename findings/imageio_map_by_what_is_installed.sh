#!/bin/sh
# imageio 2.38.1: what it reads from a float map (PFM) depends on which packages happen to be installed.
#
# Expected by most: floats, as the file has them; so it is where Pillow is the only reader.
# Seen: OpenCV comes before Pillow for this format, and PyAV before both. With OpenCV the map comes rounded to whole
# numbers in uint8, zeros and ones for a map in 0 to 1. With PyAV it is a video of one picture in three channels of
# uint8, stretched as if it were luma of 16 to 235. No warning in either case.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 imageio==2.38.1
cat >"$folder/read.py" <<'PYTHON'
import sys

import imageio.v3 as iio
import numpy as np

quality = np.linspace(0.1, 0.7, 96, dtype="<f4").reshape(8, 12)  # a map of local quality
with open("map.pfm", "wb") as file:
    file.write(b"Pf\n12 8\n-1.0\n" + quality[::-1].tobytes())
seen = iio.imread("map.pfm")
corners = ", ".join(f"{float(value):.4g}" for value in (seen.flat[0], seen.flat[-1]))
print(f"seen {sys.argv[1]}: {seen.dtype} {seen.shape}, first and last {corners}, {len(np.unique(seen))} values")
right = seen.dtype == np.float32 and np.array_equal(seen, quality)
if right is not (sys.argv[1] == "with Pillow alone"):
    raise SystemExit("the behaviour has changed")
PYTHON
cd "$folder"
echo "imageio 2.38.1; expected: float32 (8, 12), first and last 0.1, 0.7, 96 values, each time"
venv/bin/python -W error read.py "with Pillow alone"
venv/bin/pip install --quiet --no-compile opencv-python-headless==5.0.0.93
venv/bin/python -W error read.py "with OpenCV 5.0.0"
venv/bin/pip install --quiet --no-compile av==18.1.0
venv/bin/python -W error read.py "with PyAV 18.1.0"
