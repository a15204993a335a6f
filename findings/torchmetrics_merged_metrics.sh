#!/bin/sh
# torchmetrics 1.9.0: two metrics of a collection become one if their first batch has equal results.
#
# Expected by most: a `MetricCollection` gives what its metrics would give alone.
# Seen: to save time, metrics of a class whose states are equal after the first batch share one state from
# then on, and only the first of them is updated. Two SSIMs with other windows are equal where the first
# batch is undistorted pairs, for both are 1; from then on both report the first one's value. So an
# answer depends on the order of the data. `compute_groups=False` switches it off.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0 torchmetrics==1.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchmetrics
from torchmetrics import MetricCollection
from torchmetrics.image import StructuralSimilarityIndexMeasure as SSIM

torch.manual_seed(0)
picture = torch.rand(1, 1, 64, 64)
noisy = (picture + 0.3 * torch.randn(picture.shape)).clamp(0, 1)


def values(batches, **options):
    metrics = {"fine": SSIM(sigma=0.5, data_range=1.0), "coarse": SSIM(sigma=3.0, data_range=1.0)}
    collection = MetricCollection(metrics, **options)
    for batch in batches:
        collection.update(batch, picture)
    return [round(value.item(), 3) for value in collection.compute().values()]


print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}; SSIM, fine and coarse window")
expected = values([picture, noisy], compute_groups=False)
first, last = values([picture, noisy]), values([noisy, picture])
print(f"expected: {expected}")
print(f"seen:     {first} with the undistorted pair first, {last} with it last")
if first[0] != first[1] or last[0] == last[1] or last != expected:
    raise SystemExit("the behaviour has changed")
PYTHON
