#!/bin/sh
# scikit-image 0.26.0: one pixel that is a hair below 0 raises the PSNR of float images by 6 dB.
#
# Expected by most: a change of 1e-9 in one pixel changes the PSNR by nothing that one can see.
# Seen: without `data_range` the peak of float images is guessed from the sign of the reference's
# smallest pixel: 1 if none is negative, 2 if one is. Bicubic resizing and denoisers overshoot below 0,
# so some images of a set get 20 log10(2) = 6.02 dB more than the others. Give `data_range=1`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scikit-image==0.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import skimage
from skimage.metrics import peak_signal_noise_ratio

reference = np.tile(np.linspace(0, 1, 64), (64, 1))
distorted = reference * 0.9 + 0.05
overshot = reference.copy()
overshot[0, 0] = -1e-9
before, after = (peak_signal_noise_ratio(image, distorted) for image in (reference, overshot))
print(f"scikit-image {skimage.__version__}")
print(f"expected: both about {before:.2f} dB")
print(f"seen:     smallest pixel 0: {before:.2f} dB, smallest pixel -1e-9: {after:.2f} dB")
if not 6.0 < after - before < 6.1:
    raise SystemExit("the behaviour has changed")
PYTHON
