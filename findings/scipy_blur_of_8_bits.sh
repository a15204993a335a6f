#!/bin/sh
# SciPy 1.17.1: blurring an 8-bit picture makes it darker by one level.
#
# Expected by most: a blur of uint8 pixels is rounded to the nearest level, so the mean stays.
# Seen: `gaussian_filter` writes back to uint8 after the rows and again after the columns, and each time
# cuts the fraction off: the mean falls by 0.5 a pass, 1.0 in all, and more in volumes. A flat picture
# keeps its level, so a test on one shows nothing. As blur is the commonest synthetic distortion, and the
# local mean the base of MSCN coefficients, convert to float first and round once.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy
from scipy.ndimage import gaussian_filter

picture = np.random.default_rng(0).integers(0, 256, (256, 256)).astype(np.uint8)
flat = np.full((64, 64), 200, np.uint8)
print(f"SciPy {scipy.__version__}, change of the mean level by a blur of uint8 pixels")
seen = []
for sigma in (0.5, 1, 2, 5):
    blurred = gaussian_filter(picture, sigma)
    exact = gaussian_filter(picture.astype(float), sigma)
    seen.append(blurred.mean() - exact.mean())
    rounded = np.round(exact).mean() - exact.mean()
    level = gaussian_filter(flat, sigma).mean()
    print(f"sigma {sigma}  expected: {abs(rounded):.2f}  seen: {seen[-1]:.2f}; flat {level:.0f} of 200")
if not all(-1.1 < change < -0.9 for change in seen):
    raise SystemExit("the behaviour has changed")
PYTHON
