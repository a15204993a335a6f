#!/bin/sh
# scikit-learn 1.9.1: the weighted kappa of two raters falls from .87 to .14 when grades are given by name.
#
# Expected by most: quadratic weights count how many grades apart two raters are, and `bad` to `excellent` give
# what 1 to 5 give.
# Seen: grades are sorted as text, so bad and excellent are neighbours, and fair lies between excellent and good.
# Numbers are counted as well, not read: grades of 1, 2, 5, 10 and 90 points have the kappa of 1 to 5.
# `labels` in the order of the scale puts the names right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import sklearn
from sklearn.metrics import cohen_kappa_score

scale = ["bad", "poor", "fair", "good", "excellent"]
draw = np.random.default_rng(0)
first = draw.integers(0, 5, 300)
second = np.clip(first + draw.integers(-1, 2, 300), 0, 4)


def kappa(grades, **options):
    return float(cohen_kappa_score(np.array(grades)[first], np.array(grades)[second], weights="quadratic", **options))


seen = {
    "1 to 5": kappa([1, 2, 3, 4, 5]),
    "names": kappa(scale),
    "names, with labels": kappa(scale, labels=scale),
    "1, 2, 5, 10, 90": kappa([1, 2, 5, 10, 90]),
}
print(f"scikit-learn {sklearn.__version__}, two raters, one grade apart at most")
print("expected: one kappa for names and numbers, another for unequal steps")
print("seen:    ", *(f"{value:.3f} for {name};" for name, value in seen.items()))
if seen["names"] > 0.3 or seen["1 to 5"] < 0.8 or seen["1 to 5"] != seen["1, 2, 5, 10, 90"]:
    raise SystemExit("the behaviour has changed")
PYTHON
