#!/bin/sh
# imagedegrade 0.2.3: blur, noise and JPEG in one call are JPEG alone.
#
# Expected by most: `blur_noise_jpeg(photo, blur, noise, quality)` blurs a photo, adds noise and compresses it, as the
# three functions of this package do one after the other.
# Seen: the photo that was given is compressed; what was blurred and made noisy is thrown away. Whatever blur and noise
# the label tells of, the photo is 35.8 dB from the original, for 30.7 to 19.7 in three steps, and all of them are one.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 imagedegrade==0.2.3
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import imagedegrade.np as degrade
import numpy as np
from scipy.ndimage import gaussian_filter

QUALITY = 95
np.random.seed(0)
coarse = gaussian_filter(np.random.normal(size=(192, 256, 3)), (2, 2, 0))
photo = np.round((coarse - coarse.min()) / np.ptp(coarse) * 255) / 255


def psnr(other):
    return float(-10 * np.log10(np.mean((photo - other) ** 2)))


print(*(f"{name} {importlib.metadata.version(name)}" for name in ("imagedegrade", "numpy", "pillow")), sep=", ")
seen = {}
for blur, noise in ((1, 0.02), (2, 0.05), (4, 0.1)):
    steps = degrade.jpeg(np.clip(degrade.noise(degrade.blur(photo, blur), noise), 0, 1), QUALITY)
    seen[blur, noise] = psnr(steps), psnr(degrade.blur_noise_jpeg(photo, blur, noise, QUALITY))
    print("expected: {:.1f} dB  seen: {:.1f} dB".format(*seen[blur, noise]), f"(blur of {blur}, noise of {noise})")
alone = psnr(degrade.jpeg(photo, QUALITY))
print(f"expected: {alone:.1f} dB for JPEG alone")
if any(value != alone or value - steps < 5 for steps, value in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
