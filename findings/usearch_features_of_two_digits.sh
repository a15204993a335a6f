#!/bin/sh
# usearch 2.26.6, NumPy 2.4.6: features in float32 are searched with two or three digits.
#
# Expected by most: an index keeps features in the type in which they are given, and an exact search finds the nearest
# photos, at their distances.
# Seen: unless a type is named they are kept in bfloat16, or in float16 by another processor. For features of 50 to 54
# an exact search for the five nearest photos misses 22 %, and a near-duplicate is ten times as far apart as it is.
#
# Needs a processor for which usearch computes in 16 bits.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 usearch==2.26.6
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import numpy as np
import usearch
from usearch.index import Index

PHOTOS, FEATURES, NEAREST = 1000, 256, 5
draw = np.random.default_rng(0)
spread = np.abs(draw.normal(size=(PHOTOS, FEATURES)))


def found(features, dtype):
    index = Index(ndim=FEATURES, metric="l2sq", dtype=dtype)
    index.add(np.arange(PHOTOS), features)
    matches = index.search(features[:100], NEAREST + 1, exact=True)
    exact = ((features[:100, None].astype(float) - features) ** 2).sum(axis=2).argsort(axis=1)[:, : NEAREST + 1]
    shared = [len({*keys} & {*nearest}) - 1 for keys, nearest in zip(matches.keys, exact, strict=True)]
    pair = Index(ndim=FEATURES, metric="l2sq", dtype=dtype)
    pair.add(0, features[0] + np.float32(0.02) * draw.normal(size=FEATURES).astype(np.float32))
    apart = float(pair.search(features[0], 1).distances[0])
    return index.dtype.name, float(np.mean(shared)) / NEAREST, apart


print(f"usearch {usearch.__version__}, NumPy {np.__version__}; exact search among {PHOTOS} photos")
seen = {}
for offset in (0, 10, 50):
    features = (spread + offset).astype(np.float32)
    for dtype in ("f32", None):
        name, share, apart = seen[offset, dtype] = found(features, dtype)
        label = "expected: " if dtype else "seen:     "
        print(f"{label}{share:.0%} of the five nearest, a near-duplicate {apart:.3f} apart ({name}, from {offset} on)")
exact, (name, share, apart) = seen[50, "f32"], seen[50, None]
if exact[1] < 1 or name not in ("BF16", "F16") or share > 0.98 or abs(apart / exact[2] - 1) < 0.05:
    raise SystemExit("the behaviour has changed")
PYTHON
