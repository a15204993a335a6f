#!/bin/sh
# statsmodels 0.15.0: the table of an ordinal regression does not list the thresholds that its rows are named after.
#
# Expected by most: "poor/fair" is where opinions turn from poor to fair on the scale of the score, with its interval.
# Seen: only the first row is a threshold. The others are logarithms of how far it is to the one before: -.48, .58 and
# 2.08 are listed as .47, .06 and .40, in another order, each with a p-value; that between "fair" and "good" passes for
# 0 (p = .2) where the two are 1.1 apart. `model.transform_threshold_params` gives the thresholds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
import pandas as pd
import statsmodels
from statsmodels.miscmodels.ordinal_model import OrderedModel

GRADES = ["bad", "poor", "fair", "good", "excellent"]
THRESHOLDS = np.array([-2, -0.5, 0.5, 2])

draw = np.random.default_rng(0)
score = draw.normal(size=2000)
quality = 1.5 * score + draw.logistic(size=2000)
codes = np.searchsorted(THRESHOLDS, quality)
grades = pd.Series(pd.Categorical.from_codes(codes, GRADES, ordered=True))
model = OrderedModel(grades, pd.DataFrame({"score": score}), distr="logit")
found = model.fit(method="bfgs", disp=0)
true = model.transform_threshold_params(found.params.to_numpy())[1:-1]
listed = found.params[1:]
intervals = found.conf_int()[1:].to_numpy()
print(f"statsmodels {statsmodels.__version__}; slope {found.params['score']:.2f} (made with 1.50)")
for (name, value), (low, high), made, fitted in zip(listed.items(), intervals, THRESHOLDS, true, strict=True):
    shown = f"{value:+.2f} [{low:+.2f}, {high:+.2f}], p {found.pvalues[name]:.2g}"
    print(f"{name}: expected: {fitted:+.2f} (made with {made:+.2f})  seen: {shown}")
right = np.abs(true - THRESHOLDS).max() < 0.2
if not right or abs(listed.iloc[0] - true[0]) > 1e-6 or np.abs(listed.to_numpy()[1:] - true[1:]).min() < 0.2:
    raise SystemExit("the behaviour has changed")
PYTHON
