#!/bin/sh
# OpenCV 5.0.0: a colour JPEG read as grey is not the grey of the same JPEG read in colour.
#
# Expected by most: `imread(file, IMREAD_GRAYSCALE)` equals `cvtColor(imread(file), BGR2GRAY)` up
# to rounding, by one level at most.
# Seen: the first takes the stored brightness as it is; the second passes through RGB, where colours
# out of range are clipped. Near saturated colours they are 9 levels apart. So BRISQUE, NIQE and PIQE,
# all on grey, depend on how the grey was come by. Pillow's `convert("L")` is the second way.
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

hues = np.zeros((8, 24, 3), np.uint8)
hues[:, :8, 0] = hues[:, 8:16, 1] = hues[:, 16:, 2] = 255  # red, green and blue patches
picture = Image.fromarray(np.kron(hues, np.ones((5, 5, 1), np.uint8)))
buffer = io.BytesIO()
picture.save(buffer, "JPEG", quality=90)
file = np.frombuffer(buffer.getvalue(), np.uint8)

direct = cv2.imdecode(file, cv2.IMREAD_GRAYSCALE).astype(int)
by_colour = cv2.cvtColor(cv2.imdecode(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY).astype(int)
pillow = np.asarray(Image.open(buffer).convert("L")).astype(int)
apart, from_pillow = abs(direct - by_colour).max(), abs(by_colour - pillow).max()
print(f"OpenCV {cv2.__version__}, Pillow {Image.__version__}; largest difference of grey levels")
print("expected: at most 1")
print(f"seen:     {apart} between OpenCV's two ways, {from_pillow} between the second and Pillow")
if apart < 5 or from_pillow > 1:
    raise SystemExit("the behaviour has changed")
PYTHON
