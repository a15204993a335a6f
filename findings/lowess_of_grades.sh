#!/bin/sh
# statsmodels 0.15.0: a LOWESS curve through 1000 photos passes through five of them, and not through their means.
#
# Expected by most: where many photos have one grade, a local regression over the nearest tenth of them, all of that
# grade and at distance 0, is the mean of theirs; a curve of predictions over grades, or over opinions in tenths, is even.
# Seen: once the neighbours all lie at distance 0 it is the prediction of one photo, as if nothing was smoothed: 2.84 where
# the mean of 200 is 3.96. With the rows in another order it is another photo's, 4.10. All that is said is "invalid value
# encountered in divide". With the nearest 30 %, which reach the next grade, it is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 statsmodels==0.15.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from statsmodels.nonparametric.smoothers_lowess import lowess

GRADES, EACH = 5, 200
grades = np.repeat(np.arange(1.0, GRADES + 1), EACH)
predictions = grades + np.random.default_rng(0).normal(0, 1, len(grades))
of_grade = predictions.reshape(GRADES, EACH)
another_order = np.arange(len(grades))[::-1]
print("statsmodels", version("statsmodels"), "(the curve at grades 1 to 5)")
print("expected:", of_grade.mean(axis=1).round(2).tolist(), "(means of 200 predictions)")
off, at_a_photo = {}, {}
for share in (0.1, 0.3):
    curve = lowess(predictions, grades, frac=share, return_sorted=False)[::EACH]
    rows = predictions[another_order], grades[another_order]
    turned = lowess(*rows, frac=share, return_sorted=False)[another_order][::EACH]
    off[share] = float(np.abs(curve - of_grade.mean(axis=1)).max())
    at_a_photo[share] = bool((np.abs(of_grade - curve[:, None]).min(axis=1) < 1e-12).all())
    print(f"seen:     {curve.round(2).tolist()} (nearest {share:.0%}; at one photo of each grade: {at_a_photo[share]})")
    print(f"          {turned.round(2).tolist()} (the same with its rows from last to first)")
if not at_a_photo[0.1] or at_a_photo[0.3] or off[0.1] < 0.3 or off[0.3] > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
