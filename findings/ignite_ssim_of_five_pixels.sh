#!/bin/sh
# PyTorch-Ignite 0.5.5: SSIM with a window of 11 is that of 5, and with one of 3 noise passes a brighter photo.
#
# Expected by most: `SSIM(gaussian=False, kernel_size=n)` takes means over n x n pixels.
# Seen: each pixel up to 2.5 from the middle counts a fifth. Windows of 7 and 11 are one of 5 with zeros around it; one
# of 3 has weights that sum to .6 along each side, so that brightness is taken for contrast: noise has .98 for .49,
# and a photo that is a little brighter is the worst of four, not the best.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 torch==2.15.0 \
  pytorch-ignite==0.5.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import ignite
import numpy as np
import skimage
import torch
from ignite.metrics import SSIM
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(240, 320)), 4)
photo = 0.5 + 0.15 * plane / plane.std() + draw.normal(0, 0.02, plane.shape)
others = {
    "brighter": photo + 0.1,
    "blur": gaussian_filter(photo, 2),
    "less contrast": 0.5 + 0.5 * (photo - 0.5),
    "noise": photo + draw.normal(0, 0.06, photo.shape),
}


def by_ignite(other, size):
    metric = SSIM(data_range=1.0, gaussian=False, kernel_size=size)
    metric.update([torch.tensor(plane, dtype=torch.float32)[None, None] for plane in (other, photo)])
    return float(metric.compute())


def by_peer(other, size):
    return float(structural_similarity(photo, other, win_size=size, use_sample_covariance=False, data_range=1.0))


sizes = 3, 5, 7, 11
print(f"PyTorch-Ignite {ignite.__version__}, torch {torch.__version__}, scikit-image {skimage.__version__}")
print(f"SSIM by windows of {sizes} pixels")
seen = {}
for name, other in others.items():
    expected, seen[name] = ([round(by(other, size), 3) for size in sizes] for by in (by_peer, by_ignite))
    print(f"expected: {expected}  seen: {seen[name]} ({name})")
least = min(seen, key=lambda name: seen[name][0])
if any(len(set(values[1:])) != 1 for values in seen.values()) or least != "brighter":
    raise SystemExit("the behaviour has changed")
PYTHON
