#!/bin/sh
# OpenCV 5.0.0: a black picture correlates by 1.00 with every photo.
#
# Expected by most: the correlation coefficient with a constant is 0 or no number; scikit-image gives 0.
# Seen: `matchTemplate` with TM_CCOEFF_NORMED gives 1 everywhere if the template has no structure (a frame that
# failed, a clipped sky), and 0 if the photo has none: which of the two is which decides. `compareHist` with
# HISTCMP_CORREL gives 1 for a flat histogram too.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 opencv-python-headless==5.0.0.93 scikit-image==0.26.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
from importlib.metadata import version

import cv2
import numpy as np
from skimage.feature import match_template

draw = np.random.default_rng(0)
photo = cv2.GaussianBlur(draw.integers(0, 256, (200, 240)).astype(np.uint8), (0, 0), 2)
stranger = cv2.GaussianBlur(draw.integers(0, 256, (50, 50)).astype(np.uint8), (0, 0), 2)
black = np.zeros((50, 50), np.uint8)
dark_photo = np.zeros_like(photo)
flat = np.full(256, 100, np.float32)
levels = cv2.calcHist([photo], [0], None, [256], [0, 256]).ravel()


def best(photo, template):
    return float(cv2.matchTemplate(photo, template, cv2.TM_CCOEFF_NORMED).max())


seen = {
    "another photo's piece": best(photo, stranger),
    "black": best(photo, black),
    "white": best(photo, black + np.uint8(255)),
    "another photo's piece in a black photo": best(dark_photo, stranger),
    "a flat histogram": cv2.compareHist(levels, flat, cv2.HISTCMP_CORREL),
}
print(f"OpenCV {cv2.__version__}, scikit-image {version('scikit-image')}")
print(f"expected: 0 for what has no structure, or NaN (scikit-image: {match_template(photo, black).max():.2f})")
for name, value in seen.items():
    print(f"seen: {value:.2f} for {name}")
if not (seen["black"] == seen["white"] == seen["a flat histogram"] == 1 > seen["another photo's piece"]):
    raise SystemExit("the behaviour has changed")
PYTHON
