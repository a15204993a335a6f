#!/bin/sh
# OpenCV 5.0.0: PGM and PPM photos whose white is not 255 or 65535 are read as nearly black.
#
# Expected by most: the maximum in the header is white, as the format says and as Pillow reads it.
# Seen: OpenCV ignores it. White of a 10-bit photo (1023), read as 8-bit colour, becomes 3 of 255, of a
# 12-bit one 15; white of a file with maximum 100 stays 100. Raw converters can write such
# files; every score of them is that of a black picture, and no warning says so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 opencv-python-headless==5.0.0.93 pillow==13.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import cv2
import numpy as np
from PIL import Image

print(f"OpenCV {cv2.__version__}, Pillow {Image.__version__}; a white pixel of a PPM file")
seen = []
for white in (100, 255, 1023, 4095, 65535):
    stored = np.full((1, 1, 3), white, ">u2" if white > 255 else "u1").tobytes()
    file = b"P6\n1 1\n%d\n" % white + stored
    pillow = np.asarray(Image.open(io.BytesIO(file)))[0, 0, 0]
    opencv = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[0, 0, 0]
    print(f"maximum {white}:  expected: 255  seen: Pillow {pillow}, OpenCV {opencv}")
    seen.append((int(pillow), int(opencv)))
if seen != [(255, 100), (255, 255), (255, 3), (255, 15), (255, 255)]:
    raise SystemExit("the behaviour has changed")
PYTHON
