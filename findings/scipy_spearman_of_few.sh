#!/bin/sh
# SciPy 1.17.1: three models ranked alike on two datasets have a Spearman p-value of exactly 0.
#
# Expected by most: `spearmanr` is exact for a handful of values, as `kendalltau` is.
# Seen: it always uses the t distribution, which gives 0 for any perfect ranking, whatever its length.
# Of three items 2 of 6 orders are perfect (either way round): p = 1/3; of four 2 of 24. So a perfect
# order of three to five models is called significant, where at most 1/60 can be reached.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import math

import scipy
from scipy.stats import kendalltau, spearmanr

print(f"SciPy {scipy.__version__}, items in the same order in both lists")
seen = []
for items in (3, 4, 5):
    ranks = list(range(items))
    exact = 2 / math.factorial(items)
    spearman, kendall = spearmanr(ranks, ranks).pvalue, kendalltau(ranks, ranks).pvalue
    seen.append((spearman < 1e-9, math.isclose(kendall, exact)))
    print(f"{items} items  expected: {exact:.4f}  seen: Spearman {spearman:.4g}, Kendall {kendall:.4f}")
if seen != [(True, True)] * 3:
    raise SystemExit("the behaviour has changed")
PYTHON
