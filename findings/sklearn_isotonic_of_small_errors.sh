#!/bin/sh
# scikit-learn 1.9.1: a monotone line through small errors in float32 loses its steps.
#
# Expected by most: an isotonic regression goes by the order of the scores, so that neither their unit nor float32,
# which tells seven digits apart, changes a fitted value by much.
# Seen: in float32, scores closer than .000001 are merged, in whatever unit they are. Mean squared errors of pictures
# in 0 to 1 at 45 to 60 dB, all of which differ, give opinions with an error of .40 for .34, and NaN for two photos of
# the fit itself; at 60 to 75 dB one value is left, 1.21 for .34. In float64, or in levels of 8 bits, all is well.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import numpy as np
import sklearn
from sklearn.isotonic import IsotonicRegression

draw = np.random.default_rng(0)
level, noise = draw.uniform(0, 1, 300), draw.normal(0, 0.4, 300)
opinions = np.clip(1 + 4 * level + noise, 1, 5)


def fitted(errors):
    mapped = IsotonicRegression(increasing=False).fit(errors, opinions).predict(errors)
    known = ~np.isnan(mapped)
    error = float(np.sqrt(np.mean((mapped[known] - opinions[known]) ** 2)))
    return error, int(np.sum(~known)), len(np.unique(errors))


print(f"scikit-learn {sklearn.__version__}; error of opinions mapped from mean squared errors of 300 photos")
seen = {}
for lowest in (30, 45, 60):
    squared = 10 ** (-(lowest + 15 * level) / 10)
    expected = fitted(squared)[0]
    cases = {"float32": squared.astype(np.float32), "float32, of 8 bits": (255**2 * squared).astype(np.float32)}
    for name, errors in cases.items():
        seen[lowest, name] = fitted(errors)
        error, lost, values = seen[lowest, name]
        print(f"{lowest} to {lowest + 15} dB; expected: {expected:.3f}  seen: {error:.3f}, {lost} NaN", end=" ")
        print(f"({name}, {values} values)")
        seen[lowest, name] = error / expected
if seen[45, "float32"] < 1.05 or seen[60, "float32"] < 2:
    raise SystemExit("the behaviour has changed")
if any(abs(ratio - 1) > 0.02 for (_, name), ratio in seen.items() if name != "float32"):
    raise SystemExit("the behaviour has changed")
PYTHON
