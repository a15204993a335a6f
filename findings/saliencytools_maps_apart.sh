#!/bin/sh
# saliencytools 0.35: the earth mover's distance of two heat maps that look at opposite corners is 0.
#
# Expected by most: it is what it costs to move what one map marks to where the other marks it, as in saliency
# benchmarks and as its documentation says ("spatial distributions of importance").
# Seen: it compares how often each value occurs, between the least and the largest value of each map, and not where: 0
# for a map turned by 180 degrees, for one with its pixels shuffled and for one half as strong, .33 for one that is
# moved by 4 of 64 pixels. The nearest explanation is the furthest. `psnr` is 1 / PSNR. The correlation and KL
# distances are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 torch==2.15.0
"$folder/venv/bin/pip" install --quiet --no-compile saliencytools==0.35
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
from saliencytools.maskcompare import correlation_distance, emd
from scipy.stats import wasserstein_distance_nd

SIDE = 64
rows, columns = np.mgrid[:SIDE, :SIDE]


def spot(row, column):
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * 8**2))


def moved(one, other):
    blocks = [part.reshape(8, 8, 8, 8).mean((1, 3)).ravel() for part in (one, other)]
    places = np.stack([*np.mgrid[:8, :8]], axis=-1).reshape(-1, 2) * 8
    return wasserstein_distance_nd(places, places, *blocks)


reference = spot(16, 16)
MAPS = {
    "moved by 4 pixels": spot(16, 20),
    "turned by 180 degrees": reference[::-1, ::-1].copy(),
    "pixels shuffled": np.random.default_rng(0).permutation(reference.ravel()).reshape(SIDE, SIDE),
}
print(f"saliencytools {importlib.metadata.version('saliencytools')}; distances from a map with one spot")
seen = {}
for name, other in MAPS.items():
    seen[name] = float(emd(reference, other))
    correlation = f"1 - r {correlation_distance(reference, other):.2f}"
    print(f"{name}: expected: about {moved(reference, other):.1f} pixels  seen: {seen[name]:.2f}; {correlation}")
near, turned, shuffled = seen.values()
if turned or shuffled or near <= 0:
    raise SystemExit("the behaviour has changed")
PYTHON
