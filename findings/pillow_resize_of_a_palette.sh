#!/bin/sh
# Pillow 13.0.0: a photo with a palette is resized by the nearest pixel, whatever filter is asked for.
#
# Expected by most: `resize(size, BICUBIC)` and `thumbnail` of a GIF or an 8-bit PNG filter its colours.
# Seen: in mode P they take every fourth pixel without a word; LANCZOS, BOX and NEAREST give the same bytes.
# Such a thumbnail has a PSNR of 22 dB with that of the same photo converted first. Call `convert("RGB")`
# before `resize`.
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

draw = np.random.default_rng(0)
coarse = Image.fromarray(draw.integers(0, 256, (30, 40, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
photo = Image.fromarray(np.uint8(np.clip(np.asarray(coarse) + draw.normal(0, 20, (480, 640, 3)), 0, 255)))
photo.quantize(256).save("photo.png")
palette = Image.open("photo.png")
size = 160, 120


def psnr(filter_name):
    chosen = Image.Resampling[filter_name]
    pixels = [np.asarray(i.convert("RGB"), float) for i in (palette.resize(size, chosen), colours.resize(size, chosen))]
    error = np.mean((pixels[0] - pixels[1]) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


colours = palette.convert("RGB")
names = "BOX", "BILINEAR", "BICUBIC", "LANCZOS"
nearest = palette.resize(size, Image.Resampling.NEAREST).tobytes()
same = [palette.resize(size, Image.Resampling[name]).tobytes() == nearest for name in names]
seen = [psnr(name) for name in names]
print(f"Pillow {PIL.__version__}, one file in mode {palette.mode}, resized before and after convert('RGB')")
print("expected: equal, or 40 dB apart at least")
print("seen:    ", *(f"{name} {value:.1f} dB," for name, value in zip(names, seen)), f"nearest pixels: {all(same)}")
if not all(same) or max(seen) > 30:
    raise SystemExit("the behaviour has changed")
PYTHON
