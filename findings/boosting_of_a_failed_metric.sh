#!/bin/sh
# LightGBM 4.7.0, CatBoost 1.2.10, XGBoost 3.2.0: a photo whose metric failed is the best of all, or the worst.
#
# Expected by most: a feature that is missing goes the way that most photos go, or is refused; it is not a number.
# Seen: where no photo of the training lacked it, LightGBM takes NaN for 0 in silence, CatBoost for less than any
# number and XGBoost for more. A metric whose good values are low (NIQE, BRISQUE, an error) and that failed stands for
# a prediction of 4.8 on a scale of 1 to 5 with two of them and of 1.2 with the third, whatever the photo is like; one
# whose good values are high the other way round. scikit-learn's trees send it where most photos are.
# With one NaN among 800 photos of the training LightGBM learns a way for it. Fill in what failed, or refuse it.
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

import catboost
import lightgbm
import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor

draw = np.random.default_rng(0)
opinion = draw.uniform(1, 5, 1000)
others = draw.normal(size=(1000, 3))
FEATURES = {"low is good": 9 - 1.2 * opinion, "high is good": 2 + 1.2 * opinion}
MODELS = {
    "lightgbm": lambda: lightgbm.LGBMRegressor(verbose=-1, n_jobs=1),
    "catboost": lambda: catboost.CatBoostRegressor(verbose=0, iterations=100, random_seed=0, thread_count=1),
    "scikit-learn": lambda: HistGradientBoostingRegressor(random_state=0),
    "xgboost": lambda: xgboost.XGBRegressor(n_jobs=1),
}


def predicted(make, feature, missing=0):
    table = np.column_stack([feature + draw.normal(0, 0.4, 1000), others])
    table[:missing, 0] = np.nan
    model = make().fit(table[:800], opinion[:800])
    failed = table[800:].copy()
    failed[:, 0] = np.nan
    return float(np.mean(model.predict(failed)))


print(*(f"{name} {importlib.metadata.version(name)}" for name in MODELS), sep=", ")
print(f"mean prediction for 200 photos of opinion {opinion[800:].mean():.2f} whose metric is NaN")
seen = {}
for name, make in MODELS.items():
    seen[name] = [predicted(make, feature) for feature in FEATURES.values()]
    low, high = seen[name]
    print(f"{name}: expected: about 3 and 3  seen: {low:.2f} if low is good, {high:.2f} if high is good")
learnt = predicted(MODELS["lightgbm"], FEATURES["low is good"], 1)
print(f"lightgbm with one NaN among 800 photos of the training: {learnt:.2f}")
best = all(seen[name][0] > 4.3 and seen[name][1] < 1.7 for name in ("lightgbm", "catboost"))
if not best or seen["xgboost"][0] > 1.7 or seen["xgboost"][1] < 4.3:
    raise SystemExit("the behaviour has changed")
PYTHON
