#!/bin/sh
# scikit-learn 1.9.1: with one row more, PCA of single-precision features has another first component.
#
# Expected by most: the solver that is chosen by itself is the fastest of those that agree; `svd_solver` is no
# question of results for a table of 20 columns.
# Seen: from ten rows a column on, `auto` takes the eigenvectors of the covariance, computed as a difference of large
# sums in the precision of the data. Columns that lie far from 0 (an Elo score, a file's size, sums of pixels)
# leave no digits: the first component explains .17 of the variance for 199 rows and .40 for 200.
# Subtract the mean, or ask for `full`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import sklearn
from sklearn.decomposition import PCA

draw = np.random.default_rng(0)
features = draw.normal(size=(200, 20)) * np.linspace(3, 0.1, 20)


def first_share(table, **options):
    return float(PCA(3, **options).fit(table).explained_variance_ratio_[0])


print(f"scikit-learn {sklearn.__version__}; share of the first of 20 components")
seen = {}
for rows in (199, 200):
    shifted = (features[:rows] + 1e4).astype(np.float32)
    full = first_share(shifted, svd_solver="full")
    seen[rows] = first_share(shifted) - full
    centred = first_share(features[:rows].astype(np.float32))
    print(f"{rows} rows: expected: {full:.3f}  seen: {seen[rows] + full:.3f}; with mean 0 {centred:.3f}")
if abs(seen[199]) > 0.01 or abs(seen[200]) < 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
