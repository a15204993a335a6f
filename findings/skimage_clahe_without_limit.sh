#!/bin/sh
# scikit-image 0.26.0, OpenCV 5.0.0: a limited equalisation stretches two grey levels to black and white.
#
# Expected by most: CLAHE limits contrast, that is its name; a clear sky of two neighbouring levels stays one, and OpenCV
# and scikit-image do alike.
# Seen: scikit-image first stretches the picture's own range to the whole, which no limit touches. Levels 100 and 101
# become black and white; with one dead pixel far away the same sky has a spread of 0. OpenCV leaves the levels 3
# apart in both. As a distortion or a preparation it depends on the darkest and the brightest pixel.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scikit-image==0.26.0 opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python - <<'PYTHON'
import cv2
import numpy as np
import skimage
from skimage.exposure import equalize_adapthist

draw = np.random.default_rng(0)
sky = draw.integers(100, 102, (96, 128)).astype(np.uint8)
dead_pixel = sky.copy()
dead_pixel[0, 0] = 0


def by_skimage(image):
    return 255 * equalize_adapthist(image, clip_limit=0.01)


def by_opencv(image):
    return cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(image).astype(float)


print(f"scikit-image {skimage.__version__}, OpenCV {cv2.__version__}; spread of the lower right quarter in levels")
seen = {}
for name, equalise in {"scikit-image": by_skimage, "OpenCV": by_opencv}.items():
    for what, image in {"sky": sky, "sky with a dead pixel": dead_pixel}.items():
        seen[name, what] = float(np.ptp(equalise(image)[48:, 64:]))
        print(f"{name}, {what}: expected: a few  seen: {seen[name, what]:.1f}")
alone, beside = (seen["scikit-image", what] for what in ("sky", "sky with a dead pixel"))
if alone < 200 or beside > 50 or max(seen["OpenCV", what] for what in ("sky", "sky with a dead pixel")) > 20:
    raise SystemExit("the behaviour has changed")
PYTHON
