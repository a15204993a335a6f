#!/bin/sh
# scikit-image 0.26.0: how strong Poisson noise is depends on how many grey levels the picture has.
#
# Expected by most: the noise of a pixel depends on that pixel, so one pixel more or less changes nothing.
# Seen: `random_noise` takes the number of distinct values, rounded up to a power of two, for the number
# of photons of full light. A ramp of 128 levels gets 128 photons; one pixel of a 129th level makes it
# 256, and the noise of all the others falls by 3 dB. A picture as floats, or one that was resized, has
# thousands of levels and gets nearly no noise. So "Poisson noise" is not one level of distortion.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-image==0.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import skimage
from skimage.util import random_noise


def deviation(image):
    noisy = 255 * random_noise(image, "poisson", rng=0)
    return (noisy - 255 * skimage.util.img_as_float(image)).std()


ramp = np.tile(np.arange(64, 192, dtype=np.uint8), (128, 1))
edited = ramp.copy()
edited[0, 0] = 200
smooth = np.linspace(64 / 255, 191 / 255, ramp.size).reshape(ramp.shape)
images = {"128 levels": ramp, "one pixel of a 129th": edited, "as floats": smooth}
seen = {name: deviation(image) for name, image in images.items()}
print(f"scikit-image {skimage.__version__}, standard deviation of the noise in levels of 255")
print(f"expected: {seen['128 levels']:.1f} for all")
for name, noise in seen.items():
    print(f"seen:     {noise:.1f}, {name}")
if seen["one pixel of a 129th"] > 0.75 * seen["128 levels"] or seen["as floats"] > 2:
    raise SystemExit("the behaviour has changed")
PYTHON
