#!/bin/sh
# brisque 0.2.0: a photo moved aslant and its mirror image have two scores, 93 and 36 (0 is the best).
#
# Expected by most: quality is the same in a mirror, so flips are safe augmentation and need no thought.
# Seen: BRISQUE's features hold the products of neighbours along both diagonals, in a fixed order, and its support
# vectors learnt from photos as they were: a flip swaps the two. A real portrait had 13 and 20. PIQE stays the same.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.3.5 scipy==1.17.1 opencv-python-headless==4.11.0.86 \
  scikit-image==0.26.0 libsvm-official==3.37.0 brisque==0.2.0
"$folder/venv/bin/pip" install --quiet --no-deps pypiqe==1.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
from brisque import BRISQUE
from pypiqe import piqe

draw = np.random.default_rng(0)
y, x = np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(320), indexing="ij")
frequency = np.hypot(x, y)
frequency[0, 0] = 1
natural = np.fft.ifft2(np.fft.fft2(draw.standard_normal((256, 320))) / frequency).real  # spectrum of a photo
moved = np.mean([np.roll(natural, (step, step), (0, 1)) for step in range(3)], axis=0)  # by three pixels, aslant
grey = np.uint8(20 + 200 * (moved - moved.min()) / np.ptp(moved))
photo = np.repeat(grey[..., None], 3, axis=2)
mirror = photo[:, ::-1].copy()
model = BRISQUE(url=False)
scores = [model.score(x) for x in (photo, mirror, photo[::-1, ::-1].copy())]
others = [piqe(x)[0] for x in (photo, mirror)]
print(f"brisque {importlib.metadata.version('brisque')}, pypiqe {importlib.metadata.version('pypiqe')}")
print(f"expected: {scores[0]:.1f} for the photo, its mirror image and upside down")
print(f"seen:     {scores[0]:.1f} {scores[1]:.1f} {scores[2]:.1f}; PIQE {others[0]:.1f} and {others[1]:.1f}")
if abs(scores[1] - scores[0]) < 5 or abs(scores[2] - scores[0]) > 0.01 or abs(others[1] - others[0]) > 2:
    raise SystemExit("the behaviour has changed")
PYTHON
