#!/bin/sh
# SimpleITK 2.5.7: a Gaussian blur of sigma 2 is one of 2, 5.7 or 24 pixels, by the pixels per inch of a JPEG.
#
# Expected by most: sigma is in the units of the picture's spacing, which a scan has and a photo has not: the spacing of
# a JPEG, TIFF or PNG is 1, and equal pixels are blurred alike.
# Seen: the density that cameras and editors write (72 or 300 per inch) becomes a spacing in millimetres for JPEG and
# TIFF, but not for PNG. A set in which some photos carry it is distorted by several amounts under one name.
# `photo.SetSpacing((1, 1))` after reading undoes it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 SimpleITK==2.5.7
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import SimpleITK as sitk
from PIL import Image

draw = np.random.default_rng(0)
pixels = np.clip(draw.normal(128, 40, (128, 128)), 0, 255).astype(np.uint8)
OPTIONS = {"jpg": {"quality": 95}, "tif": {}, "png": {}}
print("SimpleITK", version("simpleitk"), "Pillow", version("pillow"), "; deviation of noise after a blur of sigma 2")
seen = {}
for kind, options in OPTIONS.items():
    for density in (None, 72, 300):
        tag = {} if density is None else {"dpi": (density, density)}
        Image.fromarray(pixels).save(f"photo.{kind}", **options, **tag)
        photo = sitk.ReadImage(f"photo.{kind}", sitk.sitkFloat32)
        blurred = sitk.GetArrayFromImage(sitk.SmoothingRecursiveGaussian(photo, 2.0))
        seen[kind, density] = float(blurred.std())
    values = ", ".join(f"{seen[kind, density]:.2f}" for density in (72, 300))
    alone = seen[kind, None]
    print(f"{kind}: expected: {alone:.2f} as without a density  seen: {values} with 72 and 300 per inch")
tagged = all(seen[kind, 72] < 3 and seen[kind, 300] < seen[kind, 72] for kind in ("jpg", "tif"))
if not tagged or seen["png", 300] != seen["png", None] or abs(seen["jpg", None] - seen["png", None]) > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
