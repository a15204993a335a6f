#!/bin/sh
# Pillow 13.0.0: looking at a JPEG before `thumbnail` changes the thumbnail.
#
# Expected by most: `load()`, which every access to pixels calls, changes nothing.
# Seen: on a file that was not decoded yet, `thumbnail` has the JPEG decoder shrink the picture in its
# blocks first; after a `load()` (or an integrity check that decodes) it averages pixels instead; and
# `resize` to the same size gives a third picture. They are several levels apart, for JPEG only: the
# same picture as PNG has one thumbnail. Prepared crops thus depend on an innocent line before.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pillow==13.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
from PIL import Image

noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
picture = Image.fromarray(np.kron(noise, np.ones((10, 10, 1), np.uint8)))


def apart(form):
    file = io.BytesIO()
    picture.save(file, form)
    untouched, loaded = Image.open(file), Image.open(io.BytesIO(file.getvalue()))
    loaded.load()
    for image in (untouched, loaded):
        image.thumbnail((100, 75))
    return abs(np.asarray(untouched, dtype=int) - np.asarray(loaded, dtype=int)).max()


seen = {form: int(apart(form)) for form in ("PNG", "JPEG")}
print(f"Pillow {Image.__version__}; difference of levels between thumbnails, with and without load()")
print("expected: 0 for both formats")
print(f"seen:     {seen['PNG']} for PNG, {seen['JPEG']} for JPEG")
if seen["PNG"] != 0 or seen["JPEG"] < 3:
    raise SystemExit("the behaviour has changed")
PYTHON
