#!/bin/sh
# NumPy 2.4.6, numba 0.68.1: the mean colour of a large photo is 15 levels off, the mean of each channel right.
#
# Expected by most: `photo.mean(axis=(0, 1))` of a float32 photo gives its three means to the fourth digit, as
# `photo[..., 0].mean()` does, since NumPy adds in pairs.
# Seen: it adds in pairs only along the last axis. Over rows and columns it adds pixel by pixel in float32, and what is
# added is soon smaller than the last digit: (60.0, 100.0, 140.0) is (58.4, 91.1, 154.7) for 24 megapixels, a cast as of
# another white balance, and off by 6 levels for 12. With the channels first it is right. The mean of a compiled
# function of numba is as wrong. `dtype=float` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 numba==0.68.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import numba
import numpy as np

draw = np.random.default_rng(0)
levels = np.array([60, 100, 140]) + 15 * draw.standard_normal((1000, 1000, 3))
tile = np.clip(levels, 0, 255).round().astype(np.float32)
compiled = numba.njit(lambda channel: channel.mean())
print(f"NumPy {np.__version__}, numba {numba.__version__}; mean red, green and blue")
seen = {}
for down, across in ((1, 1), (3, 4), (4, 6)):
    photo = np.tile(tile, (down, across, 1))
    expected = photo.mean(axis=(0, 1), dtype=float)
    seen[down * across] = {
        "of all": photo.mean(axis=(0, 1)) - expected,
        "of each channel": np.array([photo[..., channel].mean() for channel in range(3)]) - expected,
        "compiled": np.array([compiled(np.ascontiguousarray(photo[..., channel])) for channel in range(3)]) - expected,
    }
    print(f"{down * across} megapixels; expected:", *(f"{value:.1f}" for value in expected))
    for name, error in seen[down * across].items():
        print("    seen:", *(f"{value:.1f}" for value in expected + error), f"({name})")
largest = {
    pixels: {name: float(np.abs(error).max()) for name, error in errors.items()} for pixels, errors in seen.items()
}
right = all(errors["of each channel"] < 0.01 for errors in largest.values()) and largest[1]["of all"] < 0.1
if not right or largest[12]["of all"] < 1 or min(largest[24]["of all"], largest[24]["compiled"]) < 3:
    raise SystemExit("the behaviour has changed")
PYTHON
