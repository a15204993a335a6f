#!/bin/sh
# LightGBM 4.7.0: one model's NDCG on the same photos is 1.00 or .04, by the order of the rows.
#
# Expected by most: photos with equal predictions share their places, as in scikit-learn; the order of rows means
# nothing to a measure of ranking.
# Seen: equal predictions are ranked by row, and small trees give most photos one of a few values. A set that is sorted
# best first has an NDCG of 1 after one round, the right .60 in no order, and early stopping keeps one tree of 18.
# Shuffle the rows, which makes it noisy, or measure the predictions elsewhere.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import lightgbm
import numpy as np
import sklearn
from sklearn.metrics import ndcg_score

PHOTOS, PLACES, ROUNDS = 200, 10, 30
OPTIONS = {"objective": "lambdarank", "metric": "ndcg", "eval_at": [PLACES], "num_leaves": 4, "verbose": -1, "seed": 0}
draw = np.random.default_rng(0)
grades = np.sort(draw.integers(0, 5, PHOTOS))
features = grades[:, None] + draw.normal(0, 3, (PHOTOS, 3))
train_grades = draw.integers(0, 5, PHOTOS)
train = lightgbm.Dataset(train_grades[:, None] + draw.normal(0, 3, (PHOTOS, 3)), train_grades, group=[PHOTOS])
ORDERS = {"worst first": np.arange(PHOTOS), "best first": np.arange(PHOTOS)[::-1], "mixed": draw.permutation(PHOTOS)}
print(f"lightgbm {lightgbm.__version__}, scikit-learn {sklearn.__version__}; NDCG of the first {PLACES} of {PHOTOS}")
seen = {}
for name, order in ORDERS.items():
    valid = lightgbm.Dataset(features[order], grades[order], group=[PHOTOS], reference=train)
    curve = {}
    model = lightgbm.train(OPTIONS, train, ROUNDS, [valid], callbacks=[lightgbm.record_evaluation(curve)])
    first, *_ = values = next(iter(curve.values()))[f"ndcg@{PLACES}"]
    gains = 2.0 ** grades[order] - 1  # LightGBM's
    shared = ndcg_score([gains], [model.predict(features[order], num_iteration=1)], k=PLACES)
    seen[name] = first, int(np.argmax(values)) + 1
    print(f"{name}: expected: {shared:.2f} after a round  seen: {first:.2f}, and round {seen[name][1]} is the best")
(worst, later), (best, earliest) = seen["worst first"], seen["best first"]
if worst > 0.2 or best < 0.9 or earliest >= later:
    raise SystemExit("the behaviour has changed")
PYTHON
