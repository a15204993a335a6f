#!/bin/sh
# permute 0.2: a permutation test of scores in tenths has another p-value than the same scores times ten.
#
# Expected by most: a test of means has no unit, and a permuted difference that equals the one observed counts as at
# least as large, whether scores are 4.9 or 49.
# Seen: means of tenths in another order differ in the last bit, so that ties are not counted, here none of them: .039
# for an exact .060, and .059 times ten. Opinion scores are means of a few votes or are rounded, and tie often.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 cryptorandom==0.4 permute==0.2
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version
from itertools import combinations

import numpy as np
import scipy
from permute.core import two_sample
from scipy.stats import permutation_test

ours = np.array([3.5, 2.5, 3.3, 2.8, 4.3, 4.4])
theirs = np.array([3.5, 2.3, 2.8, 3.3, 2.5, 2.2])
whole = np.rint(10 * np.concatenate([ours, theirs])).astype(int)
sums = np.array([sum(chosen) for chosen in combinations(whole, len(ours))])
exact = float(np.mean(sums >= whole[: len(ours)].sum()))


def by_permute(factor):
    options = {"reps": 20_000, "alternative": "greater", "seed": 1}
    return float(two_sample(np.rint(10 * ours) / factor, np.rint(10 * theirs) / factor, **options)[0])


def by_scipy():
    difference = lambda a, b: np.mean(a) - np.mean(b)
    return float(permutation_test((ours, theirs), difference, alternative="greater").pvalue)


tenths, units, peer = by_permute(10), by_permute(1), by_scipy()
print(f"permute {version('permute')}, scipy {scipy.__version__}; 20,000 draws, standard error .002")
print(f"expected: {exact:.4f}, counted in whole numbers; SciPy in tenths: {peer:.4f}")
print(f"seen:     {tenths:.4f} in tenths, {units:.4f} times ten")
if tenths > 0.05 or abs(units - exact) > 0.006 or abs(peer - exact) > 1e-9:
    raise SystemExit("the behaviour has changed")
PYTHON
