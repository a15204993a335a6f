#!/bin/sh
# pillow-heif 1.8.1: a HEIC file of quality -1, which stands for lossless, is 29 levels away from the photo.
#
# Expected by most: the quality that the documentation calls lossless gives back the pixels.
# Seen: the encoder is lossless, but what it gets is YCbCr with a quarter of the colours (4:2:0): 34 dB, no better
# than quality 100, in a larger file. `chroma=444`, which a note asks for, leaves one level;
# `matrix_coefficients=0` takes that, too.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 pillow-heif==1.8.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
draw = np.random.default_rng(0)
coarse = Image.fromarray(draw.integers(0, 256, (30, 40, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
photo = np.uint8(np.clip(np.asarray(coarse) + draw.normal(0, 4, (480, 640, 3)), 0, 255))


def levels(**options):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "HEIF", **options)
    apart = np.asarray(Image.open(file)).astype(int) - photo
    psnr = 10 * np.log10(255**2 / np.mean(apart**2)) if apart.any() else np.inf
    print(f"seen:     {np.abs(apart).max():2} levels, {psnr:.1f} dB, {len(file.getvalue()) // 1000} kB for {options}")
    return int(np.abs(apart).max())


print(f"pillow-heif {pillow_heif.__version__}, libheif {pillow_heif.libheif_version()}, a noisy photo")
print("expected: 0 levels for a quality of -1")
seen = levels(quality=-1)
levels(quality=100)
levels(quality=-1, chroma=444)
exact = levels(quality=-1, chroma=444, matrix_coefficients=0)
if seen < 5 or exact:
    raise SystemExit("the behaviour has changed")
PYTHON
