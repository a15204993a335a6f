#!/bin/sh
# scikit-posthocs 0.17.1 (SciPy 1.17.1): the p-values of Dunnett's test are another each time.
#
# Expected by most: a test of means has one p-value for one table; if it should draw, a seed fixes it.
# Seen: the integral behind it is done by random points. `scipy.stats.dunnett` has an `rng` for them,
# `posthoc_dunnett` has no way to give one, and `numpy.random.seed` does nothing. Models compared with one
# baseline have p-values that differ in the fourth or fifth decimal in each run, and with them the bytes
# of every table made from them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-posthocs==0.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd
import scikit_posthocs
import scipy
from scipy.stats import dunnett

draw = np.random.default_rng(0)
models = {name: draw.normal(mean, 1, 20) for name, mean in zip("abcd", (0, 0.5, 0.7, 0.9), strict=True)}
scores = pd.DataFrame(models).melt(var_name="model", value_name="score")


def by_posthocs():
    np.random.seed(0)
    table = scikit_posthocs.posthoc_dunnett(scores, val_col="score", group_col="model", control="a")
    return tuple(table.loc["a", ["b", "c", "d"]])


def by_scipy():
    baseline, *others = models.values()
    return tuple(dunnett(*others, control=baseline, rng=np.random.default_rng(0)).pvalue)


print(
    f"scikit-posthocs {scikit_posthocs.__version__}, SciPy {scipy.__version__}; three models and a baseline"
)
seen = [by_posthocs() for _ in range(3)]
print("expected: three equal lines")
for line in seen:
    print("seen:    ", " ".join(f"{p:.6f}" for p in line))
if len(set(seen)) == 1 or by_scipy() != by_scipy():
    raise SystemExit("the behaviour has changed")
PYTHON
