#!/bin/sh
# Pillow 13.0.0: a 16-bit grey picture that is rotated with interpolation turns into values of 0 to 255.
#
# Expected by most: it is the float picture rotated, to one level of 65535, as `resize` with the same filter gives it,
# or an error, as most filters raise for such a picture.
# Seen: `rotate` and `transform` interpolate single bytes, as if the low and the high byte of each pixel were two pixels
# of 8 bits. The mode stays I;16: what comes is almost black and does not correlate with the picture. The nearest
# pixel, `resize` and multiples of 90 degrees are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import numpy as np
import PIL
from PIL import Image
from PIL.Image import Resampling, Transform

y, x = np.mgrid[:200, :240]
levels = np.uint16(30000 + 10000 * np.sin(x / 25) * np.cos(y / 31))  # 20000 to 40000, smooth
inside = np.s_[50:150, 60:180]


def turned(picture, filter):
    return picture.rotate(10, filter)


def sheared(picture, filter):
    return picture.transform(picture.size, Transform.AFFINE, (1, 0.1, 0, 0, 1, 0), filter)


def enlarged(picture, filter):
    return picture.resize((300, 250), filter)


print(f"Pillow {PIL.__version__}; a smooth picture of levels {levels.min()} to {levels.max()}")
apart = {}
for change in (turned, sheared, enlarged):
    for filter in (Resampling.NEAREST, Resampling.BILINEAR, Resampling.BICUBIC):
        picture = change(Image.fromarray(levels), filter)
        seen = np.asarray(picture)[inside].astype(float)
        expected = np.asarray(change(Image.fromarray(levels.astype(np.float32)), filter))[inside]
        apart[change.__name__, filter.name] = np.abs(seen - expected).max()
        r = np.corrcoef(seen.flat, expected.flat)[0, 1]
        print(
            f"{change.__name__}, {filter.name.lower()}: expected: {expected.min():.0f} to {expected.max():.0f}"
            f"  seen: {seen.min():.0f} to {seen.max():.0f}, {picture.mode}, r {r:.2f}"
        )
wrong = {key for key, distance in apart.items() if distance > 10000}
if wrong != {(change, filter) for change in ("turned", "sheared") for filter in ("BILINEAR", "BICUBIC")}:
    raise SystemExit("the behaviour has changed")
PYTHON
