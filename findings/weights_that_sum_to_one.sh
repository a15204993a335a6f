#!/bin/sh
# XGBoost 3.2.0, scikit-learn 1.9.1: photos weighted by how sure their opinions are; weights in another unit, no model.
#
# Expected by most: weights say how much photos count beside each other; twice as much for all of them, or a sum of 1
# instead of a mean of 1, changes nothing.
# Seen: with a sum of 1 XGBoost predicts one number for all photos (a leaf needs a weight of 1), SVR nearly so, and
# Ridge half of what it did: the penalty stays as it is, the errors are divided by the number of photos. LightGBM,
# histogram boosting, Lasso and Huber's regression do not change, CatBoost hardly. With 1 / variance as weights, grades
# of 0 to 100 for 1 to 5 are such a change. Divide weights by their mean.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1 lightgbm==4.7.0 catboost==1.2.10 \
    pandas==3.1.1
"$folder/venv/bin/pip" install --quiet --no-compile --no-deps xgboost==3.2.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import HuberRegressor, Lasso, Ridge
from sklearn.svm import SVR
from xgboost import XGBRegressor

MODELS = {
    "XGBoost": XGBRegressor(n_jobs=1),
    "SVR": SVR(),
    "Ridge": Ridge(),
    "Lasso": Lasso(alpha=0.1),
    "Huber": HuberRegressor(),
    "histogram boosting": HistGradientBoostingRegressor(random_state=0),
    "LightGBM": LGBMRegressor(verbose=-1, n_jobs=1),
    "CatBoost": CatBoostRegressor(verbose=0, iterations=100, learning_rate=0.1, random_seed=0, thread_count=1),
}

draw = np.random.default_rng(0)
features = draw.normal(size=(1000, 5))
opinion = 3 + features @ [0.6, 0.4, -0.3, 0.2, 0.1] + draw.normal(0, 0.1, 1000)
sure = draw.uniform(0.5, 1.5, 800)
names = ("xgboost", "scikit-learn", "lightgbm", "catboost")
print(*(f"{name} {importlib.metadata.version(name)}" for name in names), sep=", ")
print(f"error for 200 photos whose opinions have a deviation of {opinion[800:].std():.2f}")
seen = {}
for name, model in MODELS.items():
    seen[name] = []
    for weights in (sure / sure.mean(), sure / sure.sum()):
        predicted = model.fit(features[:800], opinion[:800], sample_weight=weights).predict(features[800:])
        seen[name] += [float(np.sqrt(np.mean((predicted - opinion[800:]) ** 2))), float(predicted.std())]
    error, _, other, spread = seen[name]
    print(f"{name}: expected: {error:.2f}  seen: {other:.2f} with a sum of 1, predictions of deviation {spread:.2f}")
changed = seen["XGBoost"][3] > 0.01 or any(seen[name][2] < 3 * seen[name][0] for name in ("SVR", "Ridge"))
if changed or any(abs(seen[name][2] - seen[name][0]) > 0.01 for name in ("Lasso", "Huber", "LightGBM")):
    raise SystemExit("the behaviour has changed")
PYTHON
