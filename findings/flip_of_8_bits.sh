#!/bin/sh
# flip-evaluator 1.7: the error of two files is not that of their pixels.
#
# Expected by most: FLIP of two PNG files and of the uint8 arrays read from them are one number, or arrays of
# integers are refused.
# Seen: an array is taken as fractions of white, and what is above 1 is cut to 1. So nearly each 8-bit pixel is
# white, in both pictures: a photo and its negative have .874 as files and .000 as arrays.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 flip-evaluator==1.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import flip_evaluator
import numpy as np
from PIL import Image

draw = np.random.default_rng(0)
coarse = Image.fromarray(draw.integers(30, 226, (15, 20, 3), np.uint8))
photo = np.array(coarse.resize((320, 240), Image.Resampling.BICUBIC))
noisy = np.uint8(np.clip(photo + draw.normal(0, 25, photo.shape), 1, 255))
pictures = {"photo": photo, "noisy": noisy, "negative": 255 - photo}
for name, pixels in pictures.items():
    Image.fromarray(pixels).save(f"{name}.png")
print(f"flip-evaluator {importlib.metadata.version('flip-evaluator')}, distance from a photo")
seen = {}
for name in ("noisy", "negative"):
    files = flip_evaluator.evaluate("photo.png", f"{name}.png", "LDR")[1]
    floats = flip_evaluator.evaluate(photo / np.float32(255), pictures[name] / np.float32(255), "LDR")[1]
    seen[name] = files, floats, flip_evaluator.evaluate(photo, pictures[name], "LDR")[1]
    print("{}: expected: {:.3f} for files, {:.3f} for fractions  seen: {:.3f} for uint8".format(name, *seen[name]))
if any(abs(files - floats) > 0.001 or integers > files / 3 for files, floats, integers in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
