#!/bin/sh
# sbss 0.0.7: five folds of 25 kinds of distortion with eight photos each leave out 75 of 200 photos.
#
# Expected by most: each photo is in the test set of one fold, as for the splitters of scikit-learn that it stands in
# for, and each fold has each kind alike; `shuffle=True` only draws another such split.
# Seen: what is left of a kind once it is dealt out in fives is neither tested nor trained on: 3 of 8 photos, without a
# warning. With `shuffle=True` the indices are those of a shuffled copy that the caller never sees: the photos that
# they name are in folds by chance, 0 to 4 of a kind for 2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 sbss==0.0.7
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import numpy as np
from sbss import SimilarityStratifiedSplit
from scipy.spatial.distance import cdist
from sklearn.model_selection import KFold, StratifiedKFold

FOLDS, KINDS = 5, 25
draw = np.random.default_rng(0)
np.random.seed(0)


def similar(**options):
    return SimilarityStratifiedSplit(FOLDS, lambda rows: cdist(rows, rows), **options)


def counts(splitter, each):
    kinds = np.repeat(np.arange(KINDS), each)
    features = draw.normal(size=(len(kinds), 8)) + kinds[:, None]
    folds = [test for _, test in splitter.split(features, kinds)]
    tested = len(np.unique(np.concatenate(folds)))
    table = np.array([np.bincount(kinds[test], minlength=KINDS) for test in folds])
    return tested, len(kinds), int(table.min()), int(table.max())


splitters = {
    "StratifiedKFold": StratifiedKFold(FOLDS, shuffle=True, random_state=0),
    "sbss": similar(),
    "sbss, shuffle": similar(shuffle=True),
    "KFold, shuffle (by chance)": KFold(FOLDS, shuffle=True, random_state=0),
}
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("sbss", "scikit-learn")), sep=", ")
seen = {}
for each in (8, 10):
    share = f"{each // FOLDS} to {-(-each // FOLDS)}"
    print(f"{FOLDS} folds of {KINDS} kinds with {each} photos; expected: all are tested, {share} of a kind in a fold")
    for name, splitter in splitters.items():
        tested, photos, fewest, most = seen[name, each] = counts(splitter, each)
        print(f"    {name}; seen: {tested} of {photos} tested, {fewest} to {most} of a kind in a fold")
for each, right in ((8, 200), (10, 250)):
    if seen["StratifiedKFold", each][0] != right or seen["sbss, shuffle", each][3] < 3:
        raise SystemExit("the behaviour has changed")
if seen["sbss", 8][0] != 125 or seen["sbss", 10][2:] != (2, 2):
    raise SystemExit("the behaviour has changed")
PYTHON
