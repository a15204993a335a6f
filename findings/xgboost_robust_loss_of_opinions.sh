#!/bin/sh
# XGBoost 3.2.0: with its robust loss every photo of a five-grade scale is predicted to have an opinion of 22.5.
#
# Expected by most: "reg:pseudohubererror" is squared error for small errors and absolute error for large ones, so that
# predictions of opinions are as good as with either, in any unit.
# Seen: it starts from one Newton step from 0, which lands far above all opinions that are not near 0 (22.5 for 1 to 5,
# 46,000 for 0 to 100). There the loss has no curvature left, less than the least that a leaf must have, so no tree is
# grown and each photo gets that number; there is no warning. Opinions of 0 to 1 and z-scores work, as does
# `base_score` set to their mean.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
"$folder/venv/bin/pip" install --quiet --no-compile --no-deps xgboost==3.2.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import xgboost

draw = np.random.default_rng(0)
features = draw.normal(size=(500, 5))
quality = features[:, 0] + np.sin(2 * features[:, 1]) + draw.normal(0, 0.3, 500)
scales = {
    "z-scores": quality,
    "opinions of 0 to 1": np.clip(0.5 + 0.12 * quality, 0, 1),
    "opinions of 1 to 5": np.clip(3 + 0.5 * quality, 1, 5),
    "opinions of 0 to 100": np.clip(50 + 12 * quality, 0, 100),
}


def errors(opinions, objective, **options):
    """The mean absolute error on 100 photos, and the number of different predictions."""
    model = xgboost.XGBRegressor(objective=objective, n_estimators=100, max_depth=4, **options)
    predicted = model.fit(features[:400], opinions[:400]).predict(features[400:])
    return float(np.abs(predicted - opinions[400:]).mean()), len(set(predicted.tolist()))


print(f"XGBoost {xgboost.__version__}, NumPy {np.__version__}")
seen = {}
for name, opinions in scales.items():
    squared, absolute = (errors(opinions, f"reg:{loss}error")[0] for loss in ("squared", "absolute"))
    seen[name] = error, different = errors(opinions, "reg:pseudohubererror")
    told = errors(opinions, "reg:pseudohubererror", base_score=float(opinions[:400].mean()))[0]
    print(
        f"expected: {squared:.3g} to {absolute:.3g}  seen: {error:.3g}, {different} different predictions"
        f"; {told:.3g} if told the mean ({name})"
    )
ones = [different == 1 for _, different in seen.values()]
if ones != [False, False, True, True]:
    raise SystemExit("the behaviour has changed")
PYTHON
