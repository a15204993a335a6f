#!/bin/sh
# statsmodels 0.15.0: raters who guess have a Fleiss' kappa of .43 once they have left the same photos out.
#
# Expected by most: a missing vote (NaN) in the table of photos by raters is left out of the counts that
# `aggregate_raters` makes for Fleiss' kappa, or is refused.
# Seen: NaN is a grade like others. Guesses have a kappa of 0; with half of the photos not yet graded they have .43, for
# all "agree" on these. Careful raters who each miss two votes in five drop from .35 to .12. irrCAC, which leaves
# missing votes out, gives .00 and .39.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==2.3.3 scipy==1.17.1 statsmodels==0.15.0
"$folder/venv/bin/pip" install --quiet --no-deps irrCAC==0.4.4 # it asks for an old SciPy, and works with a new one
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

PHOTOS, RATERS = 200, 5
draw = np.random.default_rng(0)
guesses = draw.integers(1, 6, (PHOTOS, RATERS)).astype(float)
quality = draw.integers(1, 6, (PHOTOS, 1))
careful = np.where(draw.random((PHOTOS, RATERS)) < 0.6, quality, guesses)
not_yet, here_and_there = guesses.copy(), careful.copy()
not_yet[: PHOTOS // 2] = np.nan
here_and_there[draw.random((PHOTOS, RATERS)) < 0.4] = np.nan
tables = {
    "guesses": guesses,
    "guesses, half of the photos not yet graded": not_yet,
    "careful raters": careful,
    "careful raters, two votes in five missing": here_and_there,
}
print("statsmodels", version("statsmodels"), "and irrCAC", version("irrCAC"))
seen = []
for name, votes in tables.items():
    counts, grades = aggregate_raters(votes)
    rated = pd.DataFrame(votes[~np.isnan(votes).all(axis=1)])
    peer = CAC(rated).fleiss()["est"]["coefficient_value"]
    seen.append((peer, float(fleiss_kappa(counts))))
    print(f"expected: {peer:+.2f}  seen: {seen[-1][1]:+.2f}  {name}; grades {grades.tolist()}")
(alike, first), (guessed, later), (_, whole), (there, less) = seen
if abs(alike - first) > 0.01 or guessed > 0.05 or later < 0.4 or there - less < 0.1 or abs(there - whole) > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
