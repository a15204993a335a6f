#!/bin/sh
# cpbd-py312 1.0.3: a photo that was moved up and down while it was taken is sharp.
#
# Expected by most: a measure of sharpness falls for a blur, whichever way it goes.
# Seen: only upright edges are looked at, and the width of these along a row. A blur of nine pixels along
# the columns leaves most of the score, the same blur along the rows takes it: a photo held upright and the same turned.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 imageio==2.38.1
"$folder/venv/bin/pip" install --quiet --no-deps cpbd-py312==1.0.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import cpbd
import numpy as np

draw = np.random.default_rng(0)
y, x = np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256), indexing="ij")
frequency = np.hypot(x, y)
frequency[0, 0] = 1
natural = np.fft.ifft2(np.fft.fft2(draw.standard_normal((256, 256))) / frequency).real  # spectrum of a photo
photo = 20 + 200 * (natural - natural.min()) / np.ptp(natural)
blurred = [np.uint8(np.mean([np.roll(photo, step, axis) for step in range(-4, 5)], axis=0)) for axis in (0, 1)]
sharp, down, across = (cpbd.compute(np.uint8(image)) for image in (photo, *blurred))
turned = cpbd.compute(np.rot90(blurred[0]).copy())
print(f"cpbd-py312 {importlib.metadata.version('cpbd-py312')}; 1 is sharp")
print(f"expected: {sharp:.2f} as it was, about {across:.2f} blurred along columns, along rows, or turned")
print(f"seen:     {sharp:.2f} as it was,       {down:.2f} along columns, {across:.2f} along rows, {turned:.2f} turned")
if down < 0.5 or across > 0.3 or turned > 0.3:
    raise SystemExit("the behaviour has changed")
PYTHON
