#!/bin/sh
# scikit-image 0.26.0: the noise of a photo between two bars is 8 if they have level 0, and nothing if they have 16.
#
# Expected by most: an estimate from the median of wavelet coefficients is told apart from flat bars by their share of
# the picture, whatever their level; black bars and nearly black ones count alike.
# Seen: coefficients that are 0 are left out, which is right for bars of level 0. Those of level 16 (black in most
# videos) or 255 have coefficients of 1e-15, from rounding, and stay in: once bars take more than half of the picture,
# or a photo has that much clipped sky, its noise is 1e-31; below half it shrinks.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 PyWavelets==1.9.0 scikit-image==0.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import skimage
from scipy.ndimage import gaussian_filter
from skimage.restoration import estimate_sigma

SIDE, NOISE = 256, 8.0
draw = np.random.default_rng(0)
scene = gaussian_filter(np.kron(draw.uniform(60, 200, (16, 16)), np.ones((16, 16))), 6)
photo = np.clip(np.rint(scene + draw.normal(0, NOISE, scene.shape)), 0, 255).astype(np.uint8)
print(f"scikit-image {skimage.__version__}; noise of {NOISE:.0f} levels, alone {estimate_sigma(photo):.2f}")
seen = {}
for rows in (64, 150):
    for level in (0, 16, 255):
        bar = np.full((rows, SIDE), level, np.uint8)
        seen[rows, level] = float(estimate_sigma(np.vstack([bar, photo, bar])))
    expected = seen[rows, 0]
    print(f"two bars of {rows} rows, level 0: {expected:.2f}")
    for level in (16, 255):
        print(f"  level {level}: expected: {expected:.2f}  seen: {seen[rows, level]:.3g}")
right = all(abs(seen[rows, 0] - NOISE) < 1 for rows in (64, 150))
if not right or seen[64, 16] > 6 or max(seen[150, 16], seen[150, 255]) > 1e-6:
    raise SystemExit("the behaviour has changed")
PYTHON
