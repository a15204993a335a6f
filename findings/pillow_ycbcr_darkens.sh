#!/bin/sh
# Pillow 13.0.0: each conversion to YCbCr and back makes a photo one level darker.
#
# Expected by most: rounding moves pixels up and down by a level or two, and the mean not at all.
# Seen: both ways are cut off instead of rounded, so the mean falls by 1.27 levels at the first round and by 10.7 after
# ten. An augmentation or a distortion of the chroma in YCbCr darkens besides. OpenCV's conversion keeps the
# mean to a hundredth.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python - <<'PYTHON'
import cv2
import numpy as np
import PIL
from PIL import Image

draw = np.random.default_rng(0)
photo = Image.fromarray(draw.integers(0, 256, (12, 16, 3)).astype(np.uint8)).resize((128, 96), Image.Resampling.BICUBIC)


def by_pillow(pixels):
    return np.asarray(Image.fromarray(pixels).convert("YCbCr").convert("RGB"))


def by_opencv(pixels):
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb), cv2.COLOR_YCrCb2RGB)


print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}; change of the mean after 1, 2, 5 and 10 rounds")
seen = {}
for name, there_and_back in {"Pillow": by_pillow, "OpenCV": by_opencv}.items():
    pixels, drift = np.asarray(photo), []
    for _ in range(10):
        pixels = there_and_back(pixels)
        drift.append(float(pixels.mean() - np.asarray(photo).mean()))
    seen[name] = drift
    print(f"{name}: expected: within 0.1  seen: " + " ".join(f"{drift[turn]:.2f}" for turn in (0, 1, 4, 9)))
if seen["Pillow"][0] > -1 or seen["Pillow"][9] > -9 or max(map(abs, seen["OpenCV"])) > 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
