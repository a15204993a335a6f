#!/bin/sh
# sharp 0.35.5 (npm), Pillow 13.0.0: the grey of a colour is up to 70 levels apart.
#
# Expected by most: a photo has one grey, as in JPEG, Pillow and OpenCV (.299, .587 and .114 of the channels), give
# or take a few levels. Where it is taken in linear light instead, it is wanted: sharp's documentation says that
# `greyscale()` is linear, and to write `gamma().greyscale()` for sRGB.
# Seen: libvips goes to linear light by itself: pure red is 127 for 76, green 220 for 150, blue 76 for 29. With the
# gamma that is advised it goes there twice: 185, 238 and 147. Grey colours do not show it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile pillow==13.0.0
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" sharp@0.35.5 >/dev/null
cat >grey.mjs <<'JS'
import sharp from "sharp";

const colour = process.argv.slice(2).map(Number);
const pixels = () => sharp(Buffer.from(colour), { raw: { width: 1, height: 1, channels: 3 } });
const plain = await pixels().greyscale().raw().toBuffer();
const advised = await pixels().gamma().greyscale().raw().toBuffer();
console.log(sharp.versions.vips, plain[0], advised[0]);
JS
venv/bin/python - <<'PYTHON'
import subprocess

from PIL import Image, __version__

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "grey": (128, 128, 128)}


def grey_of_sharp(colour):
    command = ["node", "grey.mjs", *map(str, colour)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def linear_grey(colour):
    """The grey of one luminance with the colour, by IEC 61966-2-1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    luminance = sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 255 * (12.92 * luminance if luminance <= 0.0031308 else 1.055 * luminance ** (1 / 2.4) - 0.055)


seen = {}
for name, colour in COLOURS.items():
    vips, plain, advised = grey_of_sharp(colour)
    seen[name] = Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)), int(plain), int(advised)
print(f"sharp 0.35.5 (libvips {vips}), Pillow {__version__}; the grey in Pillow, in sharp, and with its gamma")
print("expected: the first two alike, the third the grey of one luminance")
for name, values in seen.items():
    print(f"seen:     {name}", *values, f"(one luminance: {linear_grey(COLOURS[name]):.0f})")
if seen["green"][1] - seen["green"][0] < 60 or seen["blue"][2] - linear_grey(COLOURS["blue"]) < 60:
    raise SystemExit("the behaviour has changed")
PYTHON
