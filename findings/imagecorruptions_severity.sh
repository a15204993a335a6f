#!/bin/sh
# imagecorruptions 1.1.2: severity 3 of `saturate` is milder than severity 1.
#
# Expected by most: each severity, 1 to 5, marks a photo more than the one before, so pairs of severities are ranked.
# Seen: 1 and 2 take colour away, 3 to 5 add it. PSNR is 13.1, 10.9 and 15.7 for 1, 2 and 3, and
# 4 of the 10 pairs are ranked the wrong way round. A model that learns to rank severities learns these as well.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 \
    pillow==13.0.0 opencv-python-headless==5.0.0.93 numba==0.68.1 'setuptools<81'
"$folder/venv/bin/pip" install --quiet --no-compile --no-deps imagecorruptions==1.1.2 # asks for another OpenCV
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import cv2
import numpy as np
from imagecorruptions import corrupt

draw = np.random.default_rng(0)
photo = cv2.resize(draw.random((14, 14, 3)), (224, 224), interpolation=cv2.INTER_CUBIC)
photo = np.uint8(255 * np.clip(photo, 0, 1))


def psnr(name, severity):
    marred = corrupt(photo, corruption_name=name, severity=severity)
    return float(10 * np.log10(255**2 / np.mean((marred.astype(float) - photo) ** 2)))


print(f"imagecorruptions {importlib.metadata.version('imagecorruptions')}, PSNR of severities 1 to 5")
print("expected: from high to low")
names = "saturate", "brightness", "jpeg_compression"
seen = {name: [psnr(name, severity) for severity in range(1, 6)] for name in names}
for name, values in seen.items():
    print("seen:    ", *(f"{value:.1f}" for value in values), name)
if seen["saturate"][2] < seen["saturate"][0] or sorted(seen["brightness"], reverse=True) != seen["brightness"]:
    raise SystemExit("the behaviour has changed")
PYTHON
