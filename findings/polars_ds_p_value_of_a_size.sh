#!/bin/sh
# polars-ds 0.13.0, SciPy 1.17.1: the p-value of two sets of scores is .14 for 200 photos each, whatever the scores.
#
# Expected by most: the field "pvalue" of a Kolmogorov-Smirnov test is a p-value, as it is for the other tests of this
# package: small where the scores of the training and of the test photos differ.
# Seen: it is the limit of the statistic, which knows the number of photos alone. By "pvalue < 0.05" no two sets of 200
# or 1000 photos ever differ, and all sets of 2000 do, even where they are drawn alike. The documentation calls it a
# threshold; below 30 photos the statistic is 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 polars==2.1.0 polars-ds==0.13.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
import polars as pl
import polars_ds
from scipy import stats

draw = np.random.default_rng(0)
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("polars-ds", "polars", "scipy")), sep=", ")
seen = {}
for photos in (200, 1000, 2000):
    for shift in (0, 10):
        scores = draw.normal([[60], [60 + shift]], 15, (2, photos))
        table = pl.DataFrame(dict(zip(("train", "test"), scores, strict=True)))
        test = table.select(polars_ds.ks_2samp("train", "test").struct.unnest()).row(0, named=True)
        peer = stats.ks_2samp(*scores, method="asymp")
        assert abs(peer.statistic - test["statistic"]) < 0.001
        seen[photos, shift] = peer.pvalue, test["pvalue"]
        case = f"{photos} photos each, test scores {shift} higher"
        print(f"expected: {peer.pvalue:.3f}  seen: {test['pvalue']:.3f} ({case})")
if any(seen[photos, 0][1] != seen[photos, 10][1] for photos in (200, 1000, 2000)):
    raise SystemExit("the behaviour has changed")
if seen[200, 10][1] < 0.1 or seen[1000, 10][1] < 0.05 or seen[2000, 0][1] > 0.05 or seen[2000, 0][0] < 0.05:
    raise SystemExit("the behaviour has changed")
PYTHON
