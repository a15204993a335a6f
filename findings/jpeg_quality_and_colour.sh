#!/bin/sh
# Pillow 13.0.0, pyvips 3.2.0, simplejpeg 1.9.0: "JPEG quality 90" is three different distortions.
#
# Expected by most: all drive libjpeg-turbo, so equal quality numbers give equal pixels.
# Seen: the quality sets the tables only. Pillow halves the colours at every quality, simplejpeg
# at none, and libvips up to 89, but not from 90 on. On a colourful picture the PSNR of libvips leaps
# between 89 and 90. A severity scale in JPEG quality must fix the subsampling, too.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7 simplejpeg==1.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
import pyvips
import simplejpeg
from PIL import Image

rings = np.hypot(*np.mgrid[-64:64, -64:64])
phases = np.stack([rings / 2, rings / 2 + 2, rings / 2 + 4], axis=-1)  # coloured rings
pixels = np.uint8(127.5 + 127.5 * np.sin(phases))


def by_pillow(quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def psnr(file):
    decoded = np.asarray(Image.open(io.BytesIO(file)))
    return 10 * np.log10(255**2 / np.square(decoded.astype(float) - pixels).mean())


encoders = {
    "Pillow": by_pillow,
    "libvips": lambda quality: pyvips.Image.new_from_array(pixels).jpegsave_buffer(Q=quality),
    "simplejpeg": lambda quality: simplejpeg.encode_jpeg(pixels, quality=quality),
}
seen = {name: [psnr(encode(quality)) for quality in (89, 90)] for name, encode in encoders.items()}
print(f"Pillow {Image.__version__}, pyvips {pyvips.__version__}, simplejpeg 1.9.0")
print("expected: the same PSNR from all, half a decibel more at 90 than at 89")
for name, (lower, higher) in seen.items():
    print(f"seen:     {name} {lower:.1f} dB at 89, {higher:.1f} dB at 90")
leap = seen["libvips"][1] - seen["Pillow"][1]
as_recorded = abs(seen["libvips"][0] - seen["Pillow"][0]) < 0.1 and leap > 5
if not as_recorded or seen["simplejpeg"][0] - seen["Pillow"][0] < 5:
    raise SystemExit("the behaviour has changed")
PYTHON
