#!/bin/sh
# scikit-image 0.26.0: the noise of a photo is 10 between black bars, 0 between white ones.
#
# Expected by most: `estimate_sigma` finds the same noise whatever the grey level of bars or of a clipped sky.
# Seen: wavelet coefficients that are exactly 0 are left out, so that flat parts do not count. Those of a flat part
# are exactly 0 for level 0 and, by rounding, for 254, but 1e-14 for 255, which then counts as a part without noise;
# divided by 255 first, 254 does so too.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-image==0.26.0 pywavelets==1.9.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from skimage.restoration import estimate_sigma

draw = np.random.default_rng(0)
photo = np.uint8(np.clip(128 + draw.normal(0, 10, (256, 256)), 0, 255).round())  # grey, noise of 10 levels
seen = {}
for level in (0, 254, 255):
    for share in (0.3, 0.6):
        bars = photo.copy()
        bars[:, : int(256 * share)] = level
        seen[level, share] = float(estimate_sigma(bars))
print(f"scikit-image {version('scikit-image')}; a grey picture with noise of 10 levels: {estimate_sigma(photo):.1f}")
print("expected: the same, whatever the level of a flat part")
for (level, share), sigma in seen.items():
    print(f"seen: {sigma:.1f} with {share:.0%} of level {level}")
if not (min(seen[0, 0.6], seen[254, 0.6], seen[0, 0.3]) > 9 and seen[255, 0.6] < 0.1 and seen[255, 0.3] < 7):
    raise SystemExit("the behaviour has changed")
PYTHON
