#!/bin/sh
# pyvips 3.2.0 (libvips 8.18) and Pillow 13.0.0: one AVIF file, two pictures.
#
# Expected by most: two decoders of one AVIF file agree to a level or two, as they do for JPEG.
# Seen: AVIF stores colour at half the size, and nothing prescribes how it is enlarged again: what
# libvips and Pillow make of it is tens of levels apart at the edges of colours. Scores of AVIF files
# name their decoder, or mean little.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
import pyvips
from PIL import Image

rings = np.hypot(*np.mgrid[-32:32, -32:32])
phases = np.stack([rings / 2, rings / 2 + 2, rings / 2 + 4], axis=-1)  # coloured rings
picture = Image.fromarray(np.uint8(127.5 + 127.5 * np.sin(phases)))


def apart(form):
    file = io.BytesIO()
    picture.save(file, form, quality=90)
    pillow = np.asarray(Image.open(file).convert("RGB")).astype(int)
    vips = pyvips.Image.new_from_buffer(file.getvalue(), "").numpy().astype(int)
    return abs(pillow - vips).max()


seen = {form: apart(form) for form in ("JPEG", "AVIF")}
print(f"pyvips {pyvips.__version__}, Pillow {Image.__version__}; largest difference of levels")
print("expected: at most 2 for either format")
print(f"seen:     {seen['JPEG']} for JPEG, {seen['AVIF']} for AVIF")
if seen["JPEG"] > 2 or seen["AVIF"] < 20:
    raise SystemExit("the behaviour has changed")
PYTHON
