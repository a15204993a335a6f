#!/bin/sh
# pypiqe 1.2: one white pixel in the corner of a dim photo halves its PIQE, which means a much better photo.
#
# Expected by most: PIQE looks at blocks of 16 x 16 pixels, so a dead pixel changes one block of 320.
# Seen: the photo is first divided by its brightest pixel. In a dim photo this stretches all grey levels; a white
# pixel takes the stretching away, and thresholds of the measure, which are in grey levels, fall elsewhere.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 opencv-python-headless==5.0.0.93
"$folder/venv/bin/pip" install --quiet --no-deps pypiqe==1.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
from pypiqe import piqe

draw = np.random.default_rng(0)
y, x = np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(320), indexing="ij")
frequency = np.hypot(x, y)
frequency[0, 0] = 1
natural = np.fft.ifft2(np.fft.fft2(draw.standard_normal((256, 320))) / frequency).real  # spectrum of a photo
photo = np.uint8(10 + 100 * (natural - natural.min()) / np.ptp(natural))
pixel = photo.copy()
pixel[0, 0] = 255
expected, seen = piqe(photo)[0], piqe(pixel)[0]
print(f"pypiqe {importlib.metadata.version('pypiqe')}; grey levels {photo.min()} to {photo.max()}, 0 is the best score")
print(f"expected: {expected:.1f} and nearly the same with one white pixel")
print(f"seen:     {expected:.1f} {seen:.1f}")
if expected - seen < 15:
    raise SystemExit("the behaviour has changed")
PYTHON
