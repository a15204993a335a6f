#!/bin/sh
# pillow-jxl-plugin 1.3.8: a JPEG saved as JPEG XL has no quality, and what was painted on it is gone.
#
# Expected by most: `save` writes the pixels that the picture has, at the quality that is asked for, as for any other
# format.
# Seen: of a picture that was opened from a JPEG file it packs that file, read from the disk once more. Quality 20, 50
# and 95 give one file without any loss, and a square painted over the photo is not in it. A warning speaks of "JPEG
# reconstruction", not of that. After `copy()`, or for a PNG, all is as expected; so it depends on the line before.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 pillow-jxl-plugin==1.3.8
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import numpy as np
import pillow_jxl  # noqa: F401, makes the format known
from PIL import Image, ImageDraw

draw = np.random.default_rng(0)
y, x = np.meshgrid(np.fft.fftfreq(240), np.fft.fftfreq(320), indexing="ij")
frequency = np.hypot(x, y)
frequency[0, 0] = 1
natural = np.fft.ifft2(np.fft.fft2(draw.standard_normal((3, 240, 320))) / frequency).real  # spectrum of a photo
pixels = np.uint8(255 * (natural - natural.min()) / np.ptp(natural)).transpose(1, 2, 0)
Image.fromarray(pixels).save("photo.jpg", quality=90)


def saved(picture, quality):
    """The PSNR of what is saved to what the picture shows."""
    file = io.BytesIO()
    picture.save(file, "JXL", quality=quality)
    file.seek(0)
    apart = np.asarray(Image.open(file), float) - np.asarray(picture)
    return 10 * np.log10(255**2 / np.mean(apart**2)) if apart.any() else np.inf


qualities = (20, 50, 95)
expected = [saved(Image.open("photo.jpg").copy(), quality) for quality in qualities]
seen = [saved(Image.open("photo.jpg"), quality) for quality in qualities]
painted = Image.open("photo.jpg")
ImageDraw.Draw(painted).rectangle((40, 40, 200, 160), fill=(0, 255, 0))
expected_painted, seen_painted = saved(painted.copy(), 95), saved(painted, 95)
print(f"pillow-jxl-plugin {version('pillow-jxl-plugin')}, Pillow {version('pillow')}; PSNR to the picture, dB")
for name, values, square in (("expected:", expected, expected_painted), ("seen:    ", seen, seen_painted)):
    print(name, *(f"{value:.1f}" for value in values), f"at quality 20, 50, 95; with a green square {square:.1f}")
if not (min(seen) == np.inf and max(expected) < 60 and seen_painted < expected_painted - 10):
    raise SystemExit("the behaviour has changed")
PYTHON
