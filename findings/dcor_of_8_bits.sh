#!/bin/sh
# dcor 0.7: the distance correlation of two raters is a million, if their scores are uint8.
#
# Expected by most: a distance correlation lies in 0 to 1, and whole scores of 0 to 100 may be kept as uint8.
# Seen: distances and their sums are computed in the type of the scores and wrap round at 256. Two raters who
# agree within 5 points have .99 in floats and 1088000 in uint8; an energy distance of .42 becomes .22. The
# warning that comes with it speaks of compiled code only.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 dcor==0.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import warnings

import dcor
import numpy as np

warnings.filterwarnings("ignore", message="Falling back to uncompiled")
draw = np.random.default_rng(0)
first = draw.integers(5, 96, 200)
second = first + draw.integers(-5, 6, 200)
print(f"dcor {importlib.metadata.version('dcor')}, 200 photos, two raters who differ by 5 points at most")
seen = {}
for measure in (dcor.distance_correlation, dcor.energy_distance):
    for dtype in (float, np.uint8):
        value = measure(first.astype(dtype), (second + 4 * (measure is dcor.energy_distance)).astype(dtype))
        seen[measure.__name__, dtype] = value
        word = "expected" if dtype is float else "seen:   "
        print(f"{word} {value:.4g} {measure.__name__} of {dtype.__name__}")
if seen["distance_correlation", float] > 1 or seen["distance_correlation", np.uint8] < 2:
    raise SystemExit("the behaviour has changed")
PYTHON
