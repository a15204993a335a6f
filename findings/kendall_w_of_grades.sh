#!/bin/sh
# kendall-w 1.0.0: raters who agree on every photo have a concordance of .01, raters who guess one of 1.33.
#
# Expected by most: Kendall's coefficient of concordance is by ranks, 0 for no agreement and 1 for unanimity, so that
# a function which takes "rating lists" and says that it gives 0 to 1 ranks them.
# Seen: the ratings stand in the formula for ranks as they are, and only complete ranks have the right number. Grades of
# 1 to 5 of 40 photos have .01 whether raters agree or nearly so, and levels of 0 to 100 drawn at random 1.33. The
# formula squares the scale: in tens it is a hundred times as much.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 kendall-w==1.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import scipy
from kendall_w.kendall_w import compute_w
from scipy.stats import rankdata

draw = np.random.default_rng(0)
RATERS, PHOTOS = 4, 40


def by_ranks(grades):
    """Kendall's W of photos by raters, with ties (Kendall 1948)."""
    ranks = rankdata(grades, axis=0)
    ties = sum((counts**3 - counts).sum() for counts in (np.unique(rater, return_counts=True)[1] for rater in ranks.T))
    spread = 12 * ranks.sum(1).var() * PHOTOS
    return float(spread / (RATERS**2 * (PHOTOS**3 - PHOTOS) - RATERS * ties))


def by_all(quality, errors):
    """Opinions in whole numbers of photos by raters, of a quality that they see with errors of their own."""
    return np.round(quality[:, None] + draw.normal(0, errors, (PHOTOS, RATERS))).astype(int)


quality = np.linspace(1, 5, PHOTOS)
cases = {
    "ranks of raters who agree": np.tile(np.arange(1, PHOTOS + 1), (RATERS, 1)).T,
    "grades of 1 to 5, raters agree": by_all(quality, 0.0),
    "grades of 1 to 5, nearly": np.clip(by_all(quality, 0.4), 1, 5),
    "levels of 0 to 100, at random": draw.integers(0, 101, (PHOTOS, RATERS)),
    "levels of 0 to 100, nearly": np.clip(by_all(25 * (quality - 1), 10), 0, 100),
}
print(f"kendall-w {version('kendall-w')}, SciPy {scipy.__version__}, NumPy {np.__version__}")
seen = {name: (by_ranks(votes), compute_w(votes.tolist())) for name, votes in cases.items()}
for name, (ranked, given) in seen.items():
    print(f"expected: {ranked:.2f}  seen: {given:.3f} ({name})")
ranks, agree, _, guesses, nearly = (given for _, given in seen.values())
if round(ranks, 9) != 1 or agree > 0.1 or guesses < agree or nearly < 2:
    raise SystemExit("the behaviour has changed")
PYTHON
