#!/bin/sh
# scikit-learn 1.9.1, SciPy 1.17.1, statsmodels 0.15.0: errors of whole scores in 8 bits, right in one function and
# wrong in the next.
#
# Expected by most: libraries that take lists and tables of any numbers compute in floats, or all wrap around.
# Seen: mean errors of scikit-learn are right in uint8, the median and the largest are not (15 for 7, 255 for 17).
# SciPy's `cdist` and `correlation` are right, its `euclidean` is 20 times as large, its `cosine` 0 for .012. An RMSE of
# statsmodels is 8.2 for 9.4. The median line of `QuantileRegressor` is at 42 for 65.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 scikit-learn==1.9.1 \
    statsmodels==0.15.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.spatial import distance
from sklearn import metrics
from sklearn.linear_model import QuantileRegressor
from statsmodels.tools.eval_measures import rmse

draw = np.random.default_rng(5)
opinions = draw.integers(30, 90, 25)
scores = np.clip(opinions + draw.integers(-12, 18, 25), 0, 100)


def median_line(one, other):
    return float(QuantileRegressor(quantile=0.5, alpha=0).fit(one[:, None], other).predict([[60]])[0])


RIGHT = {
    "scikit-learn, mean absolute error": metrics.mean_absolute_error,
    "scikit-learn, root mean squared error": metrics.root_mean_squared_error,
    "SciPy, cdist": lambda one, other: distance.cdist([one], [other])[0, 0],
    "SciPy, correlation": distance.correlation,
}
WRONG = {
    "scikit-learn, median absolute error": metrics.median_absolute_error,
    "scikit-learn, largest error": metrics.max_error,
    "scikit-learn, median for a score of 60": median_line,
    "SciPy, euclidean": distance.euclidean,
    "SciPy, cosine": distance.cosine,
    "statsmodels, RMSE": rmse,
}
print(f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}")
changed = False
for name, function in (RIGHT | WRONG).items():
    expected = float(function(opinions.astype(float), scores.astype(float)))
    seen = float(function(opinions.astype(np.uint8), scores.astype(np.uint8)))
    print(f"expected: {expected:.3f}  seen: {seen:.3f} ({name})")
    changed |= (abs(seen - expected) > 0.01 * expected) != (name in WRONG)
if changed:
    raise SystemExit("the behaviour has changed")
PYTHON
