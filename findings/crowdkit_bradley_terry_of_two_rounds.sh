#!/bin/sh
# crowd-kit 1.4.2, choix 0.4.1: a Bradley-Terry fit ends after two rounds, whatever `n_iter` and `tol` are.
#
# Expected by most: the scores are the most likely ones, to the tolerance that was asked for, as those of choix are.
# Seen: each round is compared with itself, so that the second one counts as converged, and who won against weak models
# is ahead of who lost little to strong ones: A .25 and B .20 for .12 and .27. In a chain of neighbours the SRCC with
# the truth is .29 for .98. Only `tol=0` goes on. In `NoisyBradleyTerry` the derivatives of the raters' parameters are
# put in the wrong places: .79, and .34 for the same votes with left and right exchanged.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.9.1 \
    attrs==26.1.0 nltk==3.10.4 tqdm==4.67.1 choix==0.4.1
"$folder/venv/bin/pip" install --quiet --no-deps --no-compile crowd-kit==1.4.2 # asks for transformers, for texts only
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import choix
import numpy as np
import pandas as pd
from crowdkit.aggregation import BradleyTerry, NoisyBradleyTerry
from scipy.stats import spearmanr

WINS = [
    ("A", "weak", 8), ("A", "poor", 8), ("B", "strong", 6), ("B", "best", 4), ("strong", "weak", 9), ("best", "poor", 9)
]  # fmt: skip
COLUMNS = ["worker", "left", "right", "label"]


def most_likely(votes):
    names = sorted({*votes.left, *votes.right})
    pairs = [
        tuple(names.index(name) for name in (won, right if won == left else left))
        for left, right, won in votes[COLUMNS[1:]].itertuples(index=False)
    ]
    strengths = np.exp(choix.ilsr_pairwise(len(names), pairs, alpha=1e-4))
    return pd.Series(strengths / strengths.sum(), names)


def chain(items, votes, draw):
    truth = np.sort(2 * draw.normal(size=items))
    rows = []
    for low in range(items):
        for high in range(low + 1, min(low + 3, items)):
            for vote in range(votes):
                won = high if draw.random() < 1 / (1 + np.exp(truth[low] - truth[high])) else low
                rows.append((f"rater {vote % 5}", *((low, high) if vote % 2 else (high, low)), won))
    return pd.DataFrame(rows, columns=COLUMNS)


def srcc(scores):
    return float(spearmanr(scores.index, scores.to_numpy()).statistic)


rows = [("r", one, other, one if win < wins else other) for one, other, wins in WINS for win in range(10)]
few, many = pd.DataFrame(rows, columns=COLUMNS), chain(20, 30, np.random.default_rng(0))
exchanged = many.rename(columns={"left": "right", "right": "left"})
asked = BradleyTerry(n_iter=10_000, tol=1e-12)
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("crowd-kit", "choix")), sep=", ")
expected, seen = most_likely(few), asked.fit_predict(few)
for name in ("A", "B"):
    print(f"expected: {expected[name]:.2f}  seen: {seen[name]:.2f} (score of {name})")
correlations = {
    "BradleyTerry": srcc(asked.fit_predict(many)),
    "BradleyTerry, tol=0": srcc(BradleyTerry(n_iter=10_000, tol=0).fit_predict(many)),
    "NoisyBradleyTerry": srcc(NoisyBradleyTerry(n_iter=1000).fit_predict(many)),
    "NoisyBradleyTerry, sides exchanged": srcc(NoisyBradleyTerry(n_iter=1000).fit_predict(exchanged)),
}
best = srcc(most_likely(many))
for name, value in correlations.items():
    print(f"expected: {best:.2f}  seen: {value:.2f} (SRCC of a chain, {name})")
short, full, one_way, other_way = correlations.values()
if not (expected["A"] < expected["B"] and seen["A"] > seen["B"] and short < 0.6 and best - full < 0.01):
    raise SystemExit("the behaviour has changed")
if one_way > 0.9 or abs(one_way - other_way) < 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
