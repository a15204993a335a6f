#!/bin/sh
# SciPy 1.17.1: two models that could not differ more have no p-value.
#
# Expected by most: the Brunner-Munzel test, advised where variances differ, has its smallest p-value where every
# score of one sample is above every score of the other.
# Seen: NaN. The variance that it divides by is then 0, whatever the size of the samples. One swapped pair gives
# p < .0001; Mann-Whitney and the permutation test have small p-values in both cases. A table in which
# NaN is printed as a dash says "not tested" of the clearest result.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import warnings

import numpy as np
import scipy
from scipy.stats import brunnermunzel, mannwhitneyu

warnings.simplefilter("ignore")
print(f"SciPy {scipy.__version__}")
seen = {}
for size in (5, 20, 200):
    low = np.arange(size, dtype=float)
    high = low + size
    swapped = high.copy()
    swapped[0] -= 1.5
    for name, other in (("apart", high), ("one swapped", swapped)):
        p_value, rank_sum = brunnermunzel(low, other).pvalue, mannwhitneyu(low, other).pvalue
        seen[size, name] = p_value
        print(f"2 x {size}, {name}: expected: about {rank_sum:.2g} (Mann-Whitney)  seen: {p_value:.2g}")
if any(np.isnan(p_value) != (name == "apart") for (_, name), p_value in seen.items()):
    raise SystemExit("the behaviour has changed")
PYTHON
