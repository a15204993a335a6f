#!/bin/sh
# torch 2.13.0: the last, short batch counts as much as a whole one for batch normalisation.
#
# Expected by most: `swa_utils.update_bn`, made to measure the statistics of averaged weights over a whole
# dataset, gives those of the dataset, whatever the size of a batch (variances within rounding).
# Seen: it averages the batches' means, each with the same weight. Of 66 pictures in batches of 64 the
# last two weigh as much as the first 64, and the mean is 5.2 instead of 0.4. Variances are averaged as well,
# without the differences between batches: 0.6 instead of 4.2. Let batches be equal and mixed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.optim.swa_utils import update_bn

torch.manual_seed(0)
images = torch.cat([torch.randn(64, 1), 10 + torch.randn(2, 1)])


def statistics(size):
    layer = torch.nn.BatchNorm1d(1)
    update_bn(images.split(size), layer)
    return round(layer.running_mean.item(), 2), round(layer.running_var.item(), 2)


print(f"torch {torch.__version__}, mean and variance of 66 values")
print(f"expected: {images.mean().item():.2f}, {images.var().item():.2f}")
seen = {size: statistics(size) for size in (66, 64)}
for size, found in seen.items():
    print(f"seen:     {found[0]}, {found[1]} in batches of {size}")
if abs(seen[66][0] - images.mean().item()) > 0.01 or seen[64][0] < 4 or seen[64][1] > 2:
    raise SystemExit("the behaviour has changed")
PYTHON
