#!/bin/sh
# outlier-utils 0.0.5, scikit-posthocs 0.17.1: Grubbs' test at 5 % takes votes from 57 % of the photos with four.
#
# Expected by most: of photos whose votes are from one normal distribution, a test for an outlier at 5 % finds one in
# 5 %, however many votes there are and whatever holds them.
# Seen: for an array or a list the deviation is the one by n, where the limit of the test is for the one by n - 1: 57 %
# for four votes, 12 % for eight. Of three votes one is always taken, so that two of four are left. For a pandas
# Series with the same votes all is right, since the deviation of pandas is by n - 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 outlier-utils==0.0.5 \
    scikit-posthocs==0.17.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
import pandas as pd
from outliers import smirnov_grubbs
from scikit_posthocs import outliers_grubbs

PHOTOS, ALPHA = 1000, 0.05
TESTS = {
    "array": lambda votes: smirnov_grubbs.test(votes, alpha=ALPHA),
    "Series": lambda votes: smirnov_grubbs.test(pd.Series(votes), alpha=ALPHA),
    "scikit-posthocs": lambda votes: outliers_grubbs(votes, alpha=ALPHA),
}
draw = np.random.default_rng(0)
names = "outlier-utils", "scikit-posthocs"
print(*(f"{name} {importlib.metadata.version(name)}" for name in names), sep=", ", end="; photos that lose a vote\n")
seen = {}
for count in (4, 5, 8, 15):
    votes = draw.normal(60, 10, (PHOTOS, count))
    for name, test in TESTS.items():
        seen[name, count] = sum(len(test(row)) < count for row in votes) / PHOTOS
    shares = ", ".join(f"{seen[name, count]:.1%} ({name})" for name in TESTS)
    print(f"{count} votes; expected: 5.0%  seen: {shares}")
left = min(len(TESTS["array"](row)) for row in draw.normal(60, 10, (PHOTOS, 4)))
print(f"4 votes; expected: 3 or 4 are left  seen: as few as {left} (array)")
right = all(share < 0.08 for (name, _), share in seen.items() if name != "array")
if not right or seen["array", 4] < 0.4 or seen["array", 8] < 0.09 or left != 2:
    raise SystemExit("the behaviour has changed")
PYTHON
