#!/bin/sh
# Pillow 13.0.0, OpenCV 5.0.0, imageio 2.38.1, libvips 8.18: a CMYK JPEG is two photos, or four channels.
#
# Expected by most: printers' JPEGs come as RGB from readers that give RGB, alike within a few levels.
# Seen: Pillow and OpenCV multiply, libvips goes through a profile that it brings along: 21 levels apart on
# average. imageio gives the four inks, and an array with four channels is taken for RGBA by most code: cut to
# three it is a negative without its black.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 imageio==2.38.1 pyvips==3.2.0 pyvips-binary==8.18.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import cv2
import imageio.v3
import numpy as np
import pyvips
from PIL import Image

draw = np.random.default_rng(0)
photo = Image.fromarray(draw.integers(0, 256, (12, 16, 3)).astype(np.uint8)).resize((128, 96), Image.Resampling.BICUBIC)
photo.convert("CMYK").save("inks.jpg", quality=95)
reference = np.asarray(photo).astype(float)
read = {
    "Pillow": np.asarray(Image.open("inks.jpg").convert("RGB")),
    "OpenCV": cv2.imread("inks.jpg")[..., ::-1],
    "libvips": pyvips.Image.new_from_file("inks.jpg").colourspace("srgb").numpy(),
    "imageio": imageio.v3.imread("inks.jpg"),
}
names = ("pillow", "opencv-python-headless", "imageio", "pyvips-binary")
print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
seen = {}
for name, pixels in read.items():
    seen[name] = (pixels.shape[2], float(np.abs(pixels[..., :3] - reference).mean()))
    print(f"{name}: expected: 3 channels, 2 levels off  seen: {seen[name][0]}, {seen[name][1]:.1f}")
apart = {name: levels > 10 for name, (_, levels) in seen.items()}
if apart != {"Pillow": False, "OpenCV": False, "libvips": True, "imageio": True} or seen["imageio"][0] != 4:
    raise SystemExit("the behaviour has changed")
PYTHON
