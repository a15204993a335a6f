#!/bin/sh
# scikit-posthocs 0.17.1 (SciPy 1.17.1): Wilcoxon's paired test pairs whatever stands in the same place.
#
# Expected by most: in a long table of models and photos the order of rows means nothing, or the test asks
# for the photo's column, as Nemenyi's does with `block_col`.
# Seen: `posthoc_wilcoxon` has no such argument. The n-th row of one model is paired with the n-th row of
# the other, whichever photos these are; rows that a join or a parallel run left in another order turn
# p = .000004 into .70, without a word. Sort by model and photo first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-posthocs==0.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd
import scikit_posthocs
import scipy

draw = np.random.default_rng(0)
quality = draw.normal(size=20)
models = {"a": quality, "b": quality + 0.1 + draw.normal(0, 0.1, 20), "c": quality + draw.normal(0, 0.1, 20)}
table = pd.DataFrame(models).rename_axis("photo").reset_index().melt("photo", var_name="model", value_name="score")


def p_values(rows):
    wilcoxon = scikit_posthocs.posthoc_wilcoxon(rows, val_col="score", group_col="model")
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(
        rows, melted=True, y_col="score", group_col="model", block_col="photo", block_id_col="photo"
    )
    return wilcoxon.loc["a", "b"], nemenyi.loc["a", "b"]


print(f"scikit-posthocs {scikit_posthocs.__version__}, SciPy {scipy.__version__}; models a and b on 20 photos")
print("expected: equal lines")
seen = [p_values(table), *(p_values(table.sample(frac=1, random_state=seed)) for seed in (1, 2))]
for name, (wilcoxon, nemenyi) in zip(("sorted rows", "shuffled", "shuffled"), seen, strict=True):
    print(f"seen:     {name}: Wilcoxon p = {wilcoxon:.6f}, Nemenyi {nemenyi:.6f}")
if seen[0][0] > 1e-4 or seen[1][0] < 0.1 or len({nemenyi for _, nemenyi in seen}) != 1:
    raise SystemExit("the behaviour has changed")
PYTHON
