#!/bin/sh
# torchvision 0.29.2 (torch 2.15.0): a random crop of 8 to 100 percent covers 13 percent of a panorama at most.
#
# Expected by most: `RandomResizedCrop` draws an area between its limits, .54 of the photo on average, at any shape.
# Seen: an area and a shape are drawn together and thrown away if they do not fit, ten times, and large ones rarely
# fit. The average is .48 for a square and .44 for 4:3; a photo of 10:1 never shows more than .134, and
# `scale=(0.99, 1)` with squares is one fixed crop of the centre. Photos of other shapes get other augmentation.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 torch==2.15.0 torchvision==0.29.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
import torchvision
from torchvision.transforms.v2 import RandomResizedCrop


def crops(height, width, **options):
    photo, crop = torch.zeros(1, height, width), RandomResizedCrop(64, **options)
    return [crop.make_params([photo]) for _ in range(500)]


torch.manual_seed(0)
print(f"torchvision {torchvision.__version__}, torch {torch.__version__}; share of the photo, mean and largest")
means, largest = {}, {}
for height, width in ((96, 96), (96, 128), (64, 128), (50, 500)):
    areas = [crop["height"] * crop["width"] / height / width for crop in crops(height, width)]
    shape = f"{width} x {height}"
    means[shape], largest[shape] = sum(areas) / len(areas), max(areas)
    print(f"{shape}: expected: 0.54, 1.00  seen: {means[shape]:.2f}, {largest[shape]:.2f}")
places = {tuple(crop.values()) for crop in crops(96, 128, scale=(0.99, 1.0), ratio=(1.0, 1.0))}
print(f"squares of 99 percent of 4:3: expected: an error, or places of their own  seen: {len(places)} place")
if not 0.4 < means["128 x 96"] < 0.48 or largest["500 x 50"] > 0.15 or len(places) != 1:
    raise SystemExit("the behaviour has changed")
PYTHON
