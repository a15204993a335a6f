#!/bin/sh
# SciPy 1.17.1: the Wilcoxon test of SRCC as .875 and of the same as 87.5 points disagree at 5 %.
#
# Expected by most: a rank test does not depend on the unit of the scores.
# Seen: it ranks differences, and .880 - .875 and .863 - .859 are binary fractions with errors: differences
# that are equal in thousandths are not equal as floats, so ties break, by chance. Ten datasets:
# p = .064 for fractions, .053 for points, .049 for thousandths. Round the differences first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import scipy

first = np.array([880, 863, 888, 881, 889, 893, 800, 816, 856, 882])
second = np.array([875, 859, 893, 879, 884, 891, 799, 811, 853, 880])
seen = {
    unit: scipy.stats.wilcoxon(first / divisor, second / divisor).pvalue
    for unit, divisor in {"fractions": 1000, "points": 10, "thousandths": 1}.items()
}
rounded = scipy.stats.wilcoxon(np.round(first / 1000 - second / 1000, 6)).pvalue
print(f"SciPy {scipy.__version__}")
print("expected: one p-value in any unit")
print("seen:    ", *(f"{p:.4f} for {unit}," for unit, p in seen.items()), f"{rounded:.4f} if rounded")
if [round(p, 4) for p in seen.values()] != [0.0645, 0.0527, 0.0488] or round(rounded, 4) != 0.0488:
    raise SystemExit("the behaviour has changed")
PYTHON
