#!/bin/sh
# crepes 0.9.1, MAPIE 1.6.0, nonconformist 2.1.0: three libraries, three intervals from the same nine photos.
#
# Expected by most: an interval of 90 % needs nine photos to calibrate it (the ninth of nine errors, (9 + 1) x .9), and
# libraries of conformal prediction agree on it, as they do for 20 or 100 photos.
# Seen: with nine, crepes gives an interval without end and MAPIE refuses, both for want of photos;
# nonconformist gives the ninth error, and goes on giving the largest one for five photos at 95 %, where no
# interval has that coverage. With 19, 39 or 99 photos (where (n + 1) x level is whole) crepes and nonconformist take the
# next larger error than MAPIE: 1 - .9 is a little less than .1 in binary. Curves of width over the number of
# photos have a step up at exactly the round numbers that people choose.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==3.1.1 \
  crepes==0.9.1 mapie==1.6.0 nonconformist==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import math
import warnings
from importlib.metadata import version

import numpy as np
from crepes import ConformalRegressor
from mapie.regression import SplitConformalRegressor
from nonconformist.icp import IcpRegressor
from nonconformist.nc import AbsErrorErrFunc, RegressorNc
from sklearn.base import BaseEstimator, RegressorMixin

warnings.simplefilter("ignore")


class Zero(RegressorMixin, BaseEstimator):
    """A model that says 0: the errors of photos are their scores."""

    def fit(self, photos, scores):
        self.is_fitted_, self.n_features_in_ = True, 1
        return self

    def predict(self, photos):
        return np.zeros(len(photos))


def by_crepes(photos, errors, level):
    fitted = ConformalRegressor().fit(residuals=errors)
    return float(fitted.predict_int(y_hat=np.zeros(1), confidence=level)[0, 1])


def by_mapie(photos, errors, level):
    model = SplitConformalRegressor(Zero().fit(photos, errors), confidence_level=level, prefit=True)
    try:
        model.conformalize(photos, errors)
        return float(model.predict_interval(photos[:1])[1][0, 1, 0])
    except ValueError:
        return "refused"


def by_nonconformist(photos, errors, level):
    icp = IcpRegressor(RegressorNc(Zero(), AbsErrorErrFunc()))
    icp.fit(photos, errors)
    icp.calibrate(photos, errors)
    return float(icp.predict(photos[:1], significance=1 - level)[0, 1])


for name in ("crepes", "mapie", "nonconformist"):
    print(name, version(name))
seen = {}
for photos, level in ((20, 0.9), (100, 0.9), (9, 0.9), (19, 0.9), (39, 0.9), (99, 0.9), (5, 0.95)):
    errors = np.arange(1.0, photos + 1)  # the k-th smallest error is k
    rank = math.ceil(round((photos + 1) * level, 9))
    expected = float(rank) if rank <= photos else math.inf
    given = np.zeros((photos, 1)), errors, level
    seen[photos] = by_crepes(*given), by_mapie(*given), by_nonconformist(*given)
    print(f"{photos} photos, {level:.0%}: expected: {expected}  seen (as above): {seen[photos]}")
as_now = {
    20: (19.0, 19.0, 19.0),
    100: (91.0, 91.0, 91.0),
    9: (math.inf, "refused", 9.0),
    19: (19.0, 18.0, 19.0),
    39: (37.0, 36.0, 37.0),
    99: (91.0, 90.0, 91.0),
    5: (math.inf, "refused", 5.0),
}
if seen != as_now:
    raise SystemExit("the behaviour has changed")
PYTHON
