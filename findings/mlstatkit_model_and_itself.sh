#!/bin/sh
# MLstatkit 0.1.91: a model and the same model with mapped scores have AUCs that differ by p = 0.
#
# Expected by most: two models that order all photos alike do not differ: p = 1, or NaN.
# Seen: once the variance of the difference is 0, the test goes over to a bootstrap, which gives twice the smaller of
# the shares of draws that are at most 0 and above 0. All are 0, so that p = 0, beside z = 0. So it is for any monotone
# mapping of scores to opinions, for a model loaded twice, and for two models that are both without a mistake.
# With the scores of two photos swapped DeLong's test is back, with p = .16.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 MLstatkit==0.1.91
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import numpy as np
from MLstatkit import Delong_test

PHOTOS = 400
draw = np.random.default_rng(0)
good = np.arange(PHOTOS) % 2
scores = good + draw.normal(0, 1, PHOTOS)
nearly = scores.copy()
nearly[[0, 1]] = nearly[[1, 0]]
pairs = {
    "loaded twice": (scores, scores.copy()),
    "mapped to grades of 1 to 5": (scores, 1 + 4 / (1 + np.exp(-scores))),
    "both without a mistake": (good + draw.uniform(0, 0.9, PHOTOS), good + draw.uniform(0, 0.9, PHOTOS)),
    "two scores swapped": (scores, nearly),
    "another model": (scores, good + draw.normal(0, 1.5, PHOTOS)),
}
print(f"MLstatkit {importlib.metadata.version('MLstatkit')}")
seen = {}
for name, (one, other) in pairs.items():
    z, seen[name], *_, auc_one, auc_other, info = Delong_test(good, one, other, random_state=0)
    expected = "p = 1 or NaN" if auc_one == auc_other else "any p"
    print(
        f"{name} (AUC {auc_one:.4f} and {auc_other:.4f}); expected: {expected}  "
        f"seen: p = {seen[name]:.3f}, z = {z:.2f}, by {info['method']}"
    )
if any(seen[name] != 0 for name in list(pairs)[:3]):
    raise SystemExit("the behaviour has changed")
PYTHON
