#!/bin/sh
# CatBoost 1.2.10: a default that is written out makes another model.
#
# Expected by most: `l2_leaf_reg=3`, which is the default, changes nothing, and a search over it compares strengths of
# the regularization.
# Seen: without it the learning rate is chosen by the number of photos and of trees (.26 for 800 and 100); once
# `l2_leaf_reg` or `leaf_estimation_iterations` is given, at any value, it is .03 and 100 trees are not enough: an error
# of .27 for .16, with all other parameters equal. In a search over 1, 3 and 9 each is worse than none.
# Give `learning_rate` too.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 catboost==1.2.10
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import catboost
import numpy as np
from catboost import CatBoostRegressor

draw = np.random.default_rng(0)
features = draw.normal(size=(1000, 5))
opinion = 3 + features @ [0.6, 0.4, -0.3, 0.2, 0.1] + draw.normal(0, 0.1, 1000)


def error_and_rate(**options):
    model = CatBoostRegressor(iterations=100, random_seed=0, thread_count=1, verbose=0, **options)
    model.fit(features[:800], opinion[:800])
    error = np.sqrt(np.mean((model.predict(features[800:]) - opinion[800:]) ** 2))
    return float(error), model.get_all_params()


print(f"catboost {catboost.__version__}; error of 200 photos, learning rate")
error, given = error_and_rate()
print(f"no option: {error:.3f}, {given['learning_rate']:.3f}; its parameters say l2_leaf_reg={given['l2_leaf_reg']:g}")
seen = {}
for strength in (1, 3, 9):
    seen[strength], found = error_and_rate(l2_leaf_reg=strength)
    expected = f"expected: {error:.3f}  " if strength == given["l2_leaf_reg"] else ""
    print(f"l2_leaf_reg={strength}: {expected}seen: {seen[strength]:.3f}, {found['learning_rate']:.3f}")
again, _ = error_and_rate(l2_leaf_reg=3, learning_rate=given["learning_rate"])
print(f"l2_leaf_reg=3 with that rate: {again:.3f}")
if abs(again - error) > 0.001 or min(seen.values()) < 1.1 * error:
    raise SystemExit("the behaviour has changed")
PYTHON
