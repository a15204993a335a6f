#!/bin/sh
# pyssim 0.7.1: two files with an opaque alpha channel have an SSIM of 1, whatever they show.
#
# Expected by most: a PNG file with an alpha channel that hides nothing has the SSIM of the same photo without one.
# Seen: what is opaque is made black before it is compared, and only what is transparent counts: noise, a blur and a
# black picture have 1.000 for .82, .57 and .00. Without the channel it is scikit-image's. `cw_ssim_value` leaves alpha
# alone, but takes a photo for one long row: .70 for a blur along columns, .96 for one along rows, and the other way
# round in the photo turned by 90 degrees. Convert files to RGB.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 scikit-image==0.26.0 \
    pywavelets==1.9.0 pyssim==0.7.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom
from skimage.metrics import structural_similarity
from ssim import SSIM, get_gaussian_kernel

KERNEL = get_gaussian_kernel(11, 1.5)
WINDOW = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}

draw = np.random.default_rng(0)
photo = np.clip(zoom(draw.normal(128, 50, (64, 64)), 3, order=1), 0, 255)
DISTORTED = {
    "noise": photo + draw.normal(0, 15, photo.shape),
    "blur": gaussian_filter(photo, 2),
    "black": 0 * photo,
    "blur along columns": gaussian_filter(photo, (3, 0)),
    "blur along rows": gaussian_filter(photo, (0, 3)),
}


def image(levels, mode="RGB"):
    return Image.fromarray(np.clip(levels, 0, 255).round().astype(np.uint8)).convert(mode)


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("pyssim", "pillow", "scikit-image")), sep=", ")
seen = {}
for name, other in DISTORTED.items():
    peer = structural_similarity(photo, np.clip(other, 0, 255), **WINDOW)
    plain, alpha = (SSIM(image(photo, mode), KERNEL).ssim_value(image(other, mode)) for mode in ("RGB", "RGBA"))
    wavelets, turned = (SSIM(image(one)).cw_ssim_value(image(two)) for one, two in ((photo, other), (photo.T, other.T)))
    seen[name] = plain, alpha, wavelets, turned
    print(f"{name}: expected: {plain:.3f} (scikit-image {peer:.3f})  seen: {alpha:.3f} with opaque alpha")
    print(f"    CW-SSIM: expected: {wavelets:.3f} for the turned photo too  seen: {turned:.3f}")
_, _, wavelets, turned = seen["blur along columns"]
if any(alpha < 0.9999 or plain > 0.9 for plain, alpha, *_ in seen.values()) or turned < wavelets + 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
