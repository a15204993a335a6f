#!/bin/sh
# krippendorff 0.9.0 and irrCAC 0.4.4: Krippendorff's ordinal alpha of the same ratings is .48 or .65.
#
# Expected by most: a coefficient with a name is one number; two libraries agree to the last digits.
# Seen: they do for nominal and interval ratings. For ordinal ones, Krippendorff's distance of two grades
# depends on how often the grades between them are used, which only krippendorff counts; irrCAC's
# weights depend on the grades alone. For votes of 1 to 5 that are mostly 4 and 5, as those on photos
# often are, that is .48 against .65.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==2.3.3 scipy==1.17.1 krippendorff==0.9.0
"$folder/venv/bin/pip" install --quiet --no-deps irrCAC==0.4.4 # it asks for an old SciPy, and works with a new one
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC

draw = np.random.default_rng(0)
quality = draw.choice(5, 40, p=[0.02, 0.03, 0.1, 0.35, 0.5]) + 1
votes = np.clip(quality + draw.integers(-1, 2, (5, 40)), 1, 5).astype(float)
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("krippendorff", "irrCAC")), sep=", ")
seen = {}
for level, weights in {"nominal": "identity", "interval": "quadratic", "ordinal": "ordinal"}.items():
    first = krippendorff.alpha(votes, level_of_measurement=level)
    second = CAC(pd.DataFrame(votes.T), weights=weights).krippendorff()["est"]["coefficient_value"]
    seen[level] = abs(first - second)
    print(f"{level:8}  expected: equal  seen: {first:.3f} and {second:.3f}")
if seen["nominal"] > 1e-4 or seen["interval"] > 1e-4 or seen["ordinal"] < 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
