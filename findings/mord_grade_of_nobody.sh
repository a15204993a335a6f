#!/bin/sh
# mord 0.7: its ordinal regressions predict grades that do not exist, and each class is scored in its own way.
#
# Expected by most: a model of ordinal regression that was fitted to grades predicts one of these grades, as a
# classifier does, and `score`, by which a search or a cross-validation picks the best, means one thing in all classes.
# Seen: `OrdinalRidge` and `LAD` cut at 0 and at the highest grade: on a scale of 1 to 5 the worst photos have grade 0;
# on one of 20, 40, ... 100 nine of ten predictions, 57 or 83, are no grade. `LogisticIT` alone is scored by its
# accuracy, the others by an error with a minus: a search always picks `LogisticIT`, even if it saw but one poor feature
# and its error is twice that of the others.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 mord==0.7
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import mord
import numpy as np

draw = np.random.default_rng(0)
features = draw.normal(size=(2000, 3))
quality = 3 + 1.2 * features @ [1, 0.5, 0.2] + draw.normal(0, 0.8, 2000)
grades = np.clip(quality.round(), 1, 5).astype(int)
train, test = slice(1000), slice(1000, None)
print(f"mord {version('mord')}")
print("expected: grades 1 to 5, the best score for the smallest error")
seen = {}
for name in ("OrdinalRidge", "LAD", "LogisticAT", "LogisticIT"):
    used = features[:, 2:] if name == "LogisticIT" else features
    model = getattr(mord, name)().fit(used[train], grades[train])
    predicted = model.predict(used[test])
    error, score = np.abs(predicted - grades[test]).mean(), model.score(used[test], grades[test])
    seen[name] = predicted.min(), error, score
    print(f"seen:     lowest grade {predicted.min():.0f}, error {error:.2f}, score {score:+.2f} ({name})")
tens = mord.LAD(max_iter=100000).fit(features[train], 20 * grades[train]).predict(features[test])
strange = np.mean(tens % 20 != 0)
print(f"expected: 0 % that are none of 20, 40, ... 100  seen: {strange:.0%} (LAD)")
poor, others = seen["LogisticIT"], [seen[name] for name in ("OrdinalRidge", "LAD", "LogisticAT")]
picked = all(poor[2] > score and poor[1] > 1.5 * error for _, error, score in others)
if seen["LAD"][0] != 0 or seen["OrdinalRidge"][0] != 0 or not picked or strange < 0.5:
    raise SystemExit("the behaviour has changed")
PYTHON
