#!/bin/sh
# SSIM-PIL 1.0.14: a photo whose last rows and columns are black has an SSIM of 1.
#
# Expected by most: SSIM looks at the whole picture, and is 1 for equal pictures alone.
# Seen: it is the mean of tiles of 7 pixels that do not overlap, and what is left over at the right and at the
# bottom, up to 6 rows and columns, is never looked at. Blackened there, a photo has an SSIM of 1; blackened at the
# top and at the left, one of .93.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 SSIM-PIL==1.0.14
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
from PIL import Image
from SSIM_PIL import compare_ssim

draw = np.random.default_rng(0)
coarse = Image.fromarray(draw.integers(0, 256, (20, 20, 3), np.uint8))
photo = np.asarray(coarse.resize((202, 202), Image.Resampling.BICUBIC))
print(f"SSIM-PIL {importlib.metadata.version('SSIM-PIL')}, a photo of 202 x 202, 6 rows and columns of it black")


def score(rows):
    marred = photo.copy()
    marred[rows] = marred[:, rows] = 0
    return compare_ssim(Image.fromarray(photo), Image.fromarray(marred), GPU=False)


seen = {"first": score(slice(0, 6)), "last": score(slice(-6, None))}
print("expected: less than 1, nearly the same for the first and the last")
print("seen:    ", *(f"{value:.3f} ({name})" for name, value in seen.items()))
if seen["last"] < 1 - 1e-9 or seen["first"] > 0.97:
    raise SystemExit("the behaviour has changed")
PYTHON
