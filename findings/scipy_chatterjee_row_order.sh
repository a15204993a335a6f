#!/bin/sh
# SciPy 1.17.1: a rank correlation depends on the order of the rows.
#
# Expected by most: a coefficient of association belongs to pairs; sorting the table changes nothing.
# Seen: Chatterjee's xi sorts by the first variable and leaves ties in the order of the rows. With opinions in half
# steps xi of one table is .36 to .42 in shuffled rows, and .67 once it is sorted by the second variable. Its author breaks ties at random. Spearman's and Kendall's coefficients are the same in each order.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy
from scipy.stats import chatterjeexi, kendalltau, spearmanr

draw = np.random.default_rng(0)
predicted = draw.normal(3, 1, 60)
opinion = np.round(2 * (predicted + draw.normal(0, 0.7, 60))) / 2
predicted = np.round(2 * predicted) / 2


def coefficients(order):
    x, y = predicted[order], opinion[order]
    return chatterjeexi(x, y).statistic, spearmanr(x, y).statistic, kendalltau(x, y).statistic


orders = {"as drawn": np.arange(60), "sorted by opinion": np.argsort(opinion, kind="stable")}
orders |= {f"shuffled {seed}": np.random.default_rng(seed).permutation(60) for seed in range(1, 5)}
seen = np.array([coefficients(order) for order in orders.values()])
print(f"SciPy {scipy.__version__}; xi, Spearman, Kendall of 60 pairs")
print("expected: equal lines")
for name, values in zip(orders, seen, strict=True):
    print(f"seen:     {name}: " + " ".join(f"{value:.3f}" for value in values))
spread = np.ptp(seen, axis=0)
if spread[0] < 0.1 or spread[1:].max() > 1e-9:
    raise SystemExit("the behaviour has changed")
PYTHON
