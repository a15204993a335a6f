#!/bin/sh
# statsmodels 0.15.0: a comparison's adjusted p-value depends on the level that it is compared with.
#
# Expected by most: `multipletests` adjusts p-values, and `alpha` only decides which of them are rejected.
# Seen: so it is for Holm, Hommel and Benjamini-Hochberg. In the two-stage methods (`fdr_tsbky`, `fdr_tsbh`)
# the first stage counts rejections at `alpha`, and every adjusted p-value is multiplied by the share that is
# left: one table has .034 at alpha .05 and .049 at .01. Such a p-value means nothing without its alpha.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import statsmodels
from statsmodels.stats.multitest import multipletests

p_values = [0.001, 0.008, 0.012, 0.03, 0.04, 0.2, 0.6]
print(f"statsmodels {statsmodels.__version__}; the fifth of seven p-values, .04, adjusted")
print("expected: the three of a line are equal")
seen = {}
for method in ("holm", "hommel", "fdr_bh", "fdr_tsbky", "fdr_tsbh"):
    adjusted = [multipletests(p_values, alpha=alpha, method=method)[1][4] for alpha in (0.01, 0.05, 0.1)]
    seen[method] = len(set(adjusted))
    print(f"seen:     {method}: " + " ".join(f"{p:.4f}" for p in adjusted) + " at alpha .01, .05, .1")
if seen != {"holm": 1, "hommel": 1, "fdr_bh": 1, "fdr_tsbky": 3, "fdr_tsbh": 3}:
    raise SystemExit("the behaviour has changed")
PYTHON
