#!/bin/sh
# OpenCV 5.0.0: a BMP of 16 bits a pixel has no white; its brightest value is 248 (or 252 for green).
#
# Expected by most: five bits are stretched to 0..255, as Pillow and viewers do.
# Seen: OpenCV shifts them to the left and leaves the lowest three bits 0. White is (248, 252, 248), a
# pale green, and a picture gets up to 7 levels darker, which a full-reference measure against the
# PNG of the same picture takes for a distortion.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 opencv-python-headless==5.0.0.93 pillow==13.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import struct

import cv2
import numpy as np
from PIL import Image

pixels = struct.pack("<2H", 0xFFFF, 0x0000)  # white and black, five, six and five bits
masks = struct.pack("<3I", 0xF800, 0x07E0, 0x001F)
info = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 16, 3, len(pixels), 2835, 2835, 0, 0) + masks
start = 14 + len(info)
file = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + info + pixels

pillow = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))[0, 0].tolist()
opencv = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[0, 0, ::-1].tolist()
print(f"OpenCV {cv2.__version__}, Pillow {Image.__version__}; white of a 16-bit BMP (RGB)")
print("expected: [255, 255, 255]")
print(f"seen:     Pillow {pillow}, OpenCV {opencv}")
if (pillow, opencv) != ([255, 255, 255], [248, 252, 248]):
    raise SystemExit("the behaviour has changed")
PYTHON
