#!/bin/sh
# audpsychometric 0.1.1: with one of three raters upside down, opinions weighted by agreement have an SRCC of -.89.
#
# Expected by most: weights by agreement mend what a rater does who reads the scale upside down. By the correlations
# with the mean of all raters, as the documentation says, the SRCC is .94, for .74 of the plain mean.
# Seen: the correlations are those with the mean of the other raters. Two good raters agree by about 0 with the mean
# of the other one and the bad one, whose own weight of -.8 decides: with a negative sum of weights, the best photo is
# the worst. With one of four the order is right, but grades of 1 to 5 become -3.5 to 9.5.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.0.2 scipy==1.17.1 pingouin==0.6.1 audmetric==1.4.2 \
    audpsychometric==0.1.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
from audpsychometric import evaluator_weighted_estimator
from scipy.stats import spearmanr

PHOTOS = 200
draw = np.random.default_rng(0)
quality = draw.uniform(1, 5, PHOTOS)


def documented(votes):
    weights = [np.corrcoef(rater, votes.mean(axis=1))[0, 1] for rater in votes.T]
    return votes @ weights / np.sum(weights)


def text(opinions):
    return f"SRCC {srcc(opinions):.2f}, {opinions.min():.1f} to {opinions.max():.1f}"


def srcc(opinions):
    return float(spearmanr(opinions, quality).statistic)


print(f"audpsychometric {importlib.metadata.version('audpsychometric')}; {PHOTOS} photos, grades of 1 to 5")
seen = {}
for raters in (3, 4, 6):
    for wrong in (0, 1):
        votes = np.clip(np.round(quality[:, None] + draw.normal(0, 0.7, (PHOTOS, raters))), 1, 5)
        votes[:, :wrong] = 6 - votes[:, :wrong]
        seen[raters, wrong] = evaluator_weighted_estimator(votes)
        print(
            f"{raters} raters, {wrong} upside down; expected: {text(votes.mean(axis=1))} (plain mean), "
            f"{text(documented(votes))} (as documented)  seen: {text(seen[raters, wrong])}"
        )
if srcc(seen[3, 1]) > -0.5 or seen[6, 1].max() < 5.5 or min(srcc(seen[raters, 0]) for raters in (3, 4, 6)) < 0.9:
    raise SystemExit("the behaviour has changed")
PYTHON
