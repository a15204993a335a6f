#!/bin/sh
# torchmetrics 1.9.0 (torch 2.15.0): R2 of scores on an Elo scale is .61 or 1.13, by the size of a batch.
#
# Expected by most: R2 of a model is one number, to four decimals; batches of a validation only save memory.
# Seen: it is computed from running sums of squares in single precision. Where scores lie near 1500 with a spread
# of a half, squares of 2 million leave no digits for the variance: .74 becomes .61 in batches of 400 and 1.13 in
# batches of 64. With opinions around 100 the third decimal goes. Pearson's and the concordance coefficient of the same
# package keep all digits, as they keep running means. Subtract the mean of the scores first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0 scikit-learn==1.9.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import torch
import torchmetrics
from sklearn.metrics import r2_score
from torchmetrics.regression import PearsonCorrCoef, R2Score

draw = np.random.default_rng(0)
opinion = draw.normal(0, 0.5, 400)
predicted = opinion + draw.normal(0, 0.25, 400)


def computed(metric, offset, batch):
    scores = torch.tensor(predicted + offset).float(), torch.tensor(opinion + offset).float()
    for start in range(0, 400, batch):
        metric.update(*(values[start : start + batch] for values in scores))
    return metric.compute().item()


print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}; batches of 400, 64, 16, 1")
expected = r2_score(opinion, predicted)
off = {}
for offset in (3, 100, 1500):
    seen = [computed(R2Score(), offset, batch) for batch in (400, 64, 16, 1)]
    off[offset] = max(abs(value - expected) for value in seen)
    print(f"mean {offset}: expected: {expected:.4f}  seen: " + " ".join(f"{value:.4f}" for value in seen))
pearson = [computed(PearsonCorrCoef(), 1500, batch) for batch in (400, 64, 16, 1)]
print("Pearson's coefficient of the last: " + " ".join(f"{value:.4f}" for value in pearson))
if off[3] > 1e-3 or off[100] < 1e-3 or off[1500] < 0.05 or max(pearson) - min(pearson) > 1e-3:
    raise SystemExit("the behaviour has changed")
PYTHON
