#!/bin/sh
# torchmetrics 1.9.0 (torch 2.15.0): the bootstrap's error of a correlation is 0, in batches of one.
#
# Expected by most: `BootStrapper` resamples the photos of the validation set, whatever batches they come in.
# Seen: it resamples each batch by itself. With `multinomial`, a batch of one can only give that photo again: all
# copies are equal and the standard error is 0; batches of two give a part of it away. With `poisson`, the
# default, the error is right for any batch. Predictions scored photo by photo look free of chance.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchmetrics==1.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchmetrics
from torchmetrics.regression import PearsonCorrCoef
from torchmetrics.wrappers import BootStrapper

torch.manual_seed(0)
opinion = torch.randn(120)
predicted = opinion + 0.6 * torch.randn(120)


def standard_error(strategy, batch):
    torch.manual_seed(1)
    metric = BootStrapper(PearsonCorrCoef(), num_bootstraps=60, sampling_strategy=strategy)
    for start in range(0, 120, batch):
        metric.update(predicted[start : start + batch], opinion[start : start + batch])
    return metric.compute()["std"].item()


print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}; standard error, 120 photos")
seen = {}
for strategy in ("poisson", "multinomial"):
    seen[strategy] = [standard_error(strategy, batch) for batch in (120, 2, 1)]
    values = " ".join(f"{error:.4f}" for error in seen[strategy])
    print(f"{strategy}: expected: about {seen['poisson'][0]:.3f}  seen: {values} in batches of 120, 2, 1")
whole, pairs, ones = seen["multinomial"]
if ones > 1e-5 or pairs > 0.85 * whole or min(seen["poisson"]) < 0.8 * whole:
    raise SystemExit("the behaviour has changed")
PYTHON
