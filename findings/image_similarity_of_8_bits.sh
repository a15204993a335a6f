#!/bin/sh
# image-similarity-measures 0.3.6: PSNR of 8-bit pictures is 24.1 dB too high, and no picture is farther
# away than the picture itself.
#
# Expected by most: the peak of uint8 pixels is 255, and the spectral angle (SAM) of a picture with
# itself is 0 and with a noisy one more.
# Seen: PSNR and SSIM take 4095, the peak of 12-bit satellite pictures, for any input (`max_p`). SAM
# multiplies uint8 by uint8 and wraps round: 89.6 degrees with itself, less with a noisy copy.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-image==0.26.0 opencv-python-headless==5.0.0.93
"$folder/venv/bin/pip" install --quiet --no-deps phasepack==1.5 image-similarity-measures==0.3.6 # asks for an old scikit-image
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
from image_similarity_measures.quality_metrics import psnr, sam, ssim

draw = np.random.default_rng(0)
picture = np.kron(draw.integers(40, 216, (24, 32, 3)), np.ones((8, 8, 1))).astype(np.uint8)
picture = np.uint8(picture + draw.integers(-8, 9, picture.shape))
noisy = np.uint8(picture + draw.integers(-30, 31, picture.shape))
floats = picture.astype(float), noisy.astype(float)
peak = 10 * np.log10(255**2 / ((floats[0] - floats[1]) ** 2).mean())
version = importlib.metadata.version("image-similarity-measures")
print(f"image-similarity-measures {version}, uint8 pixels")
expected = peak, ssim(picture, noisy, max_p=255), sam(*floats)
print("expected: PSNR {:.1f}, SSIM {:.3f}; SAM {:.1f}, of itself 0.0".format(*expected))
seen = psnr(picture, noisy), ssim(picture, noisy), sam(picture, noisy), sam(picture, picture)
print("seen:     PSNR {:.1f}, SSIM {:.3f}; SAM {:.1f}, of itself {:.1f}".format(*seen))
if abs(seen[0] - peak - 20 * np.log10(4095 / 255)) > 0.1 or seen[2] >= seen[3]:
    raise SystemExit("the behaviour has changed")
PYTHON
