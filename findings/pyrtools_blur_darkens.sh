#!/bin/sh
# pyrtools 1.1.1: `blur` makes a grey of 100 one of 25, and one of 6 at the next level.
#
# Expected by most: a blur keeps the mean, all the more as its documentation scales every filter to a sum of 1.
# Seen: `blurDn` keeps it. `upBlur` puts zeros between the pixels and does not make up for them: half the level is lost
# for each axis and level, in every filter. What is meant as a low-pass of a photo is a dark photo, and the difference
# from it is mostly the photo. Multiply by 4 to the power of the levels.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2 pyrtools==1.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pyrtools

LEVEL = 100.0
grey = np.full((64, 64), LEVEL)
print("pyrtools", version("pyrtools"), f"; the mean of a flat picture of {LEVEL:.0f}")
seen = {
    "blurDn": pyrtools.blurDn(grey).mean(),
    "upBlur": pyrtools.upBlur(grey).mean(),
    "blur": pyrtools.blur(grey).mean(),
    "blur, 2 levels": pyrtools.blur(grey, 2).mean(),
    "blur, binom3": pyrtools.blur(grey, 1, "binom3").mean(),
    "blur of a row": pyrtools.blur(grey[0]).mean(),
}
for name, mean in seen.items():
    print(f"{name}: expected: {LEVEL:.2f}  seen: {mean:.2f}")
if abs(seen["blurDn"] - LEVEL) > 1e-6 or seen["blur"] > 30 or seen["blur, 2 levels"] > 10:
    raise SystemExit("the behaviour has changed")
PYTHON
