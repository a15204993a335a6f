#!/bin/sh
# SciPy 1.17.1: a paired t-test of whole scores in 8 bits finds differences that are not there.
#
# Expected by most: a test or a mean of whole scores is the same in any type that holds them, as Wilcoxon's and
# the unpaired t-test are.
# Seen: `ttest_rel` takes the differences in the type of the scores, where 40 - 41 is 255: p < .0001 for .31, with
# scores of 0 to 100 in uint8, as `loadmat` gives them. `tmean` adds up in it, and says 2.7 for 53.9. In float16, as a
# network may give its predictions, `kruskal` overflows: H is infinite and p = 0 for .85.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
import scipy
from scipy import stats

draw = np.random.default_rng(0)
first = draw.integers(20, 90, 40)
second = np.clip(first + draw.integers(-8, 9, 40), 0, 100)
print(f"SciPy {scipy.__version__}; whole scores of two models for 40 photos")
tests = {
    "ttest_rel": (np.uint8, lambda one, other: stats.ttest_rel(one, other).pvalue),
    "ttest_ind": (np.uint8, lambda one, other: stats.ttest_ind(one, other).pvalue),
    "wilcoxon": (np.uint8, lambda one, other: stats.wilcoxon(one, other).pvalue),
    "tmean of the first": (np.uint8, lambda one, _: stats.tmean(one)),
    "kruskal": (np.float16, lambda one, other: stats.kruskal(one, other).pvalue),
}
seen = {}
for name, (kind, test) in tests.items():
    expected = float(test(first.astype(float), second.astype(float)))
    seen[name] = expected, float(test(first.astype(kind), second.astype(kind)))
    print(f"expected: {expected:.4f}  seen: {seen[name][1]:.4f} ({name}, {kind.__name__})")
steady = all(abs(seen[name][0] - seen[name][1]) < 1e-6 for name in ("ttest_ind", "wilcoxon"))
paired, mean, ranks = (seen[name] for name in ("ttest_rel", "tmean of the first", "kruskal"))
if not steady or not (paired[0] > 0.1 > 0.05 > paired[1]) or mean[0] - mean[1] < 10 or ranks[0] < 0.1 or ranks[1] > 0:
    raise SystemExit("the behaviour has changed")
PYTHON
