#!/bin/sh
# scikit-learn 1.9.1: the five features that correlate best with opinions leave out those that correlate most.
#
# Expected by most: `SelectKBest(r_regression)` keeps the features whose correlation with the target is strongest, as
# `SelectKBest(f_regression)` does.
# Seen: it keeps the largest, with sign. What measures a distortion (blur, noise, blocks) falls as quality rises, and
# gives way to features that are drawn at random. An SRCC of predictions of .99 becomes .02, with no warning.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy
import sklearn
from scipy.stats import spearmanr
from sklearn.feature_selection import SelectKBest, f_regression, r_regression
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

draw = np.random.default_rng(0)
photos, distortions, others = 400, 5, 15
amounts = draw.gamma(2, size=(photos, distortions))
opinions = 5 - 0.25 * amounts.sum(1) + draw.normal(0, 0.1, photos)
features = np.column_stack([amounts, draw.normal(size=(photos, others))])
train, test = slice(0, 300), slice(300, None)
print(f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}")
seen = {}
for name, score in (("f_regression", f_regression), ("r_regression", r_regression)):
    best = SelectKBest(score, k=distortions)
    model = make_pipeline(best, LinearRegression()).fit(features[train], opinions[train])
    srcc = float(spearmanr(model.predict(features[test]), opinions[test])[0])
    seen[name] = int(best.get_support()[:distortions].sum()), srcc
    found, srcc = seen[name]
    print(f"expected: 5 of 5 distortions, SRCC > .9  seen: {found} of 5, {srcc:.2f} ({name})")
if seen["f_regression"][0] != 5 or seen["r_regression"][0] != 0:
    raise SystemExit("the behaviour has changed")
PYTHON
