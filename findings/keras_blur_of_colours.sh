#!/bin/sh
# Keras 3.15.1: a Gaussian blur mixes colours on JAX, blackens uint8 on NumPy, and darkens the border.
#
# Expected by most: `gaussian_blur` of a picture with channels last, which is the default, blurs along rows and columns;
# an even picture stays as it is, on each backend, as floats or as uint8.
# Seen: on JAX the default is not looked up, and it blurs along columns and channels: red (200, 0, 0) becomes brown
# (90, 55, 0), an even grey green, and rows stay sharp. On NumPy uint8 becomes black, as the kernel is cast to it. On
# both, also where the layout is given, all beyond the border is black: the outermost row has 73 of 100.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1
cd "$folder"
cat >show.py <<'PYTHON'
import keras
import numpy as np
from keras.ops.image import gaussian_blur

SIDE = 32
backend = keras.backend.backend()
grey, red, stripes = np.full((SIDE, SIDE, 3), 100.0), np.zeros((SIDE, SIDE, 3)), np.zeros((SIDE, SIDE, 3))
red[..., 0] = 200
stripes[::2] = 200  # rows of white and black
print(f"Keras {keras.__version__} on {backend}, a blur of 3 x 3 pixels, sigma 1 (red, green, blue)")


def blurred(picture, at, **chosen):
    return np.asarray(gaussian_blur(picture, kernel_size=(3, 3), sigma=(1.0, 1.0), **chosen))[at].round().tolist()


middle, border = (SIDE // 2, SIDE // 2), (0, SIDE // 2)
seen = {"grey": blurred(grey, middle), "red": blurred(red, middle), "a white row": blurred(stripes, middle)}
if backend == "numpy":
    seen["grey, uint8"] = blurred(grey.astype(np.uint8), middle)
seen["grey, border, channels last"] = blurred(grey, border, data_format="channels_last")
kept = round(200 / (1 + 2 * np.exp(-0.5)))
expected = {"red": [200, 0, 0], "a white row": [kept] * 3}
for name, colour in seen.items():
    print(f"  expected: {expected.get(name, [100] * 3)}  seen: {colour} ({name})")
changed = max(seen["grey, border, channels last"]) > 90
if backend == "jax":
    changed |= seen["red"][1] < 20 or seen["grey"][0] > 90
else:
    changed |= seen["red"] != [200, 0, 0] or seen["grey, uint8"] != [0, 0, 0]
if changed:
    raise SystemExit("the behaviour has changed")
PYTHON
for backend in jax numpy; do
    KERAS_BACKEND=$backend venv/bin/python -W ignore show.py
done
