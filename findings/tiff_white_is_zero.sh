#!/bin/sh
# Pillow 13.0.0, OpenCV 5.0.0, tifffile 2026.3.3, imageio 2.38.1: white is 0, and half the readers give a negative.
#
# Expected by most: a TIFF whose tag says that 0 is white is shown right by each reader, or by none.
# Seen: at 8 bits Pillow and OpenCV turn it round, tifffile and imageio do not. At 16 bits Pillow and
# OpenCV do not either, but OpenCV asked for grey does: one file, one library, a photo and its negative. A
# mean score of scans then mixes both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 tifffile==2026.3.3 imageio==2.38.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import cv2
import imageio.v3
import numpy as np
import tifffile
from PIL import Image

readers = {
    "Pillow": lambda path: np.asarray(Image.open(path)),
    "OpenCV": lambda path: cv2.imread(path, cv2.IMREAD_UNCHANGED),
    "OpenCV, grey": lambda path: cv2.imread(path, cv2.IMREAD_GRAYSCALE),
    "tifffile": tifffile.imread,
    "imageio": imageio.v3.imread,
}
names = ("pillow", "opencv-python-headless", "tifffile", "imageio")
print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
seen = {}
for dtype, bits in ((np.uint8, 8), (np.uint16, 16)):
    stored = np.full((16, 16), np.iinfo(dtype).max // 10 * 9, dtype)
    tifffile.imwrite("scan.tif", stored, photometric="miniswhite")
    for name, read in readers.items():
        image = read("scan.tif")
        seen[bits, name] = round(float(image[0, 0]) / np.iinfo(image.dtype).max, 1)
        print(f"{bits} bits, a grey near black, {name}: expected: 0.1  seen: {seen[bits, name]}")
right = {key for key, grey in seen.items() if grey == 0.1}
if right != {(8, "Pillow"), (8, "OpenCV"), (8, "OpenCV, grey"), (16, "OpenCV, grey")}:
    raise SystemExit("the behaviour has changed")
PYTHON
