#!/bin/sh
# scikit-learn 1.9.1: a robust line through scores near 1500 is flat, and a Bayesian one in thousandths is, too.
#
# Expected by most: a line fitted to scores on an Elo scale, or in thousandths, is the same line in other units, as the
# one by least squares is; a fit that failed warns.
# Seen: `HuberRegressor` maps scores around 1 to 5 to opinions with an error of .37, and the same scores plus 1500 with
# 1.25, as a constant does: its search from 0 stops early. `ARDRegression` removes a feature whose coefficient is below
# .01, which scores in thousandths have, or a width in pixels. Neither warns. Standardize before the fit.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import numpy as np
import sklearn
from sklearn.linear_model import ARDRegression, HuberRegressor, LinearRegression

draw = np.random.default_rng(0)
opinions = draw.integers(1, 6, 500).astype(float)
scores = (opinions + draw.normal(0, 0.5, 500))[:, None]
UNITS = {"as they are": scores, "plus 1500": scores + 1500, "in thousandths": 1000 * scores}


def mean_error(model, features):
    return float(np.mean(np.abs(model.fit(features, opinions).predict(features) - opinions)))


constant = float(np.mean(np.abs(opinions - opinions.mean())))
print(f"scikit-learn {sklearn.__version__}; mean error of opinions, {constant:.2f} for a constant")
seen = {}
for model in (LinearRegression(), HuberRegressor(), ARDRegression()):
    for units, features in UNITS.items():
        seen[type(model), units] = mean_error(model, features)
    expected = seen[type(model), "as they are"]
    errors = ", ".join(f"{seen[type(model), units]:.2f} {units}" for units in UNITS)
    print(f"expected: {expected:.2f} by {type(model).__name__}  seen: {errors}")
flat = {(HuberRegressor, "plus 1500"), (ARDRegression, "in thousandths")}
if any((error > 1.2) != (case in flat) for case, error in seen.items()) or min(seen.values()) < 0.3:
    raise SystemExit("the behaviour has changed")
PYTHON
