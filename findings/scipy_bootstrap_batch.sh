#!/bin/sh
# SciPy 1.17.1: the option that saves memory moves a bootstrap interval.
#
# Expected by most: `batch` says how many resamples are held at once; from one seed, the interval is the same.
# Seen: so it is for one sample, or for pairs. With two samples that are not paired, those of the first and
# of the second are drawn by turns, batch after batch, so another `batch` is another set of resamples.
# A study that is rerun on a smaller machine with a smaller `batch` gets other intervals from its seed.
# `permutation_test` has the same option and no such effect.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy
from scipy.stats import bootstrap


def interval(samples, statistic, batch):
    rng = np.random.default_rng(0)
    found = bootstrap(samples, statistic, n_resamples=999, method="percentile", rng=rng, batch=batch)
    return tuple(round(float(end), 3) for end in found.confidence_interval)


def difference(first, second, axis=-1):
    return first.mean(axis) - second.mean(axis)


draw = np.random.default_rng(1)
first, second = draw.normal(0, 1, 60), draw.normal(0.4, 1, 60)
print(f"SciPy {scipy.__version__}, percentile interval of 999 resamples, one seed")
print("expected: one interval a column")
two, one = set(), set()
for batch in (None, 500, 100, 1):
    of_two = interval((first, second), difference, batch)
    of_one = interval((first,), np.mean, batch)
    two.add(of_two)
    one.add(of_one)
    print(f"seen:     batch {batch}: two samples {of_two}, one {of_one}")
if len(two) != 4 or len(one) != 1:
    raise SystemExit("the behaviour has changed")
PYTHON
