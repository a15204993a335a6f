#!/bin/sh
# scikit-learn 1.9.1, SciPy 1.17.1: a model that knows nothing has an SRCC of -1.
#
# Expected by most: predictions of a constant model, cross-validated, correlate with the scores by 0 up to chance.
# Seen: each fold's constant is the mean of the others, which is low where the fold's own scores are high. Pooled
# by `cross_val_predict`, SRCC is -.27 for ten folds and exactly -1 for leave-one-out. Every weak model is
# pulled that way, so floors come out below nothing; take the mean of the folds' coefficients.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy
import sklearn
from scipy.stats import spearmanr
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import cross_val_predict

print(f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}; 100 scores, mean of 20 draws")
seen = {}
for folds in (5, 10, 100):
    pooled = []
    for seed in range(20):
        scores = np.random.default_rng(seed).normal(size=100)
        predicted = cross_val_predict(DummyRegressor(), np.zeros((100, 1)), scores, cv=folds)
        pooled.append(spearmanr(predicted, scores).statistic)
    seen[folds] = float(np.mean(pooled))
    print(f"{folds} folds: expected: 0.00  seen: {seen[folds]:.2f}")
if seen[100] > -0.999 or seen[10] > -0.15:
    raise SystemExit("the behaviour has changed")
PYTHON
