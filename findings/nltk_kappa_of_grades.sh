#!/bin/sh
# NLTK 3.10.4: raters who agree have a kappa of -.11, worse than chance, if grades have a distance.
#
# Expected by most: an `AnnotationTask` with `interval_distance` gives coefficients for grades: its `kappa` is then the
# weighted one, .79 here, or stays that of names, .34.
# Seen: `weighted_kappa` and `alpha` are right. `kappa`, `multi_kappa`, `pi` and `S` take 1 minus the squared distance
# of two grades for an agreement, without a scale: two grades apart is an agreement of -3. Raters who are never more
# than two grades apart come out below chance, others, who agree better than chance too, at -2.5.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 nltk==3.10.4
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from nltk.metrics import binary_distance, interval_distance
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

PHOTOS = 200
draw = np.random.default_rng(0)
quality = draw.integers(1, 6, PHOTOS)
near = [np.clip(quality + draw.integers(-1, 2, PHOTOS), 1, 5) for _ in range(2)]
same = draw.random(PHOTOS) < 0.3
far = [quality, np.where(same, quality, draw.integers(1, 6, PHOTOS))]
print("NLTK", version("nltk"), "and scikit-learn", version("scikit-learn"))
seen = {}
for name, votes in {"never two steps from the truth": near, "3 of 10 alike, the rest guessed": far}.items():
    rows = [(rater, photo, int(vote)) for rater, given in enumerate(votes) for photo, vote in enumerate(given)]
    named, graded = (AnnotationTask(rows, distance=distance) for distance in (binary_distance, interval_distance))
    weighted = cohen_kappa_score(*votes, weights="quadratic")
    print(f"raters {name}: of names {named.kappa():.2f} (scikit-learn {cohen_kappa_score(*votes):.2f})")
    print(f"  weighted_kappa  expected: {weighted:.2f}  seen: {graded.weighted_kappa():.2f}")
    for method in ("kappa", "multi_kappa", "pi", "S"):
        seen[name, method] = getattr(graded, method)()
        print(f"  {method:14}  expected: {weighted:.2f} or {named.kappa():.2f}  seen: {seen[name, method]:.2f}")
    if abs(graded.weighted_kappa() - weighted) > 0.01 or abs(named.kappa() - cohen_kappa_score(*votes)) > 0.01:
        raise SystemExit("the behaviour has changed")
if max(seen.values()) > 0:
    raise SystemExit("the behaviour has changed")
PYTHON
