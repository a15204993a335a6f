#!/bin/sh
# scikit-image 0.26.0: photos read "as grey" are 0 to 1 if they were in colour, 0 to 255 if they were grey already.
#
# Expected by most: `imread(..., as_gray=True)` gives each photo of a set in one form, whatever its file holds.
# Seen: a photo in three channels comes as floats of 0 to 1, the same one in one channel as levels of 0 to 255, in
# uint8. The variance of the Laplacian of a blurred one is .00004 or 2.6, so that any grey photo passes for sharper than
# any photo in colour (.0015 if sharp); means differ by 255, and so do features that a model was fitted to.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 scikit-image==0.26.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import PIL
import skimage
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.filters import laplace
from skimage.io import imread

draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(240, 320)), 2)
sharp = 128 + 30 * plane / plane.std()
seen = {}
for name, photo in (("sharp", sharp), ("blurred", gaussian_filter(sharp, 4))):
    grey = Image.fromarray(np.clip(photo, 0, 255).round().astype(np.uint8))
    for kind, mode in (("colour", "RGB"), ("grey", "L")):
        grey.convert(mode).save("photo.png")
        read = imread("photo.png", as_gray=True)
        seen[name, kind] = float(laplace(read.astype(float)).var()), float(read.mean()), str(read.dtype)
print(f"scikit-image {skimage.__version__}, Pillow {PIL.__version__}, NumPy {np.__version__}")
print("expected: equal lines for one photo in a file of three channels and of one, blurred below sharp")
for (name, kind), (sharpness, mean, dtype) in seen.items():
    print(f"seen:     variance of the Laplacian {sharpness:9.5f}, mean {mean:7.3f}, {dtype} ({name}, {kind})")
if seen["blurred", "grey"][0] < seen["sharp", "colour"][0] or seen["sharp", "grey"][2] != "uint8":
    raise SystemExit("the behaviour has changed")
PYTHON
