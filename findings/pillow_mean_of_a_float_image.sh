#!/bin/sh
# Pillow 13.0.0: the mean of a float image is a number of a bin.
#
# Expected by most: `ImageStat.Stat(image).mean` is the mean of the pixels, in any mode that Pillow has.
# Seen: it is computed from a histogram of 256 bins. For float and 32-bit images these lie between the smallest
# and the largest pixel, and the number of the bin is taken for the value: a heat map with mean 1493 has 126,
# and the same map times 10 has 126 again. A 16-bit image loses everything above 255. Extrema are 0 and 255.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import PIL
from PIL import Image, ImageStat

draw = np.random.default_rng(0)
pixels = 3000 * draw.random((50, 50))
print(f"Pillow {PIL.__version__}")
seen = {}
for dtype in (np.float32, np.int32, np.uint16):
    for times in (1, 10):
        array = (times * pixels).astype(dtype)
        image = Image.fromarray(array)
        seen[image.mode, times] = ImageStat.Stat(image).mean[0]
        print(f"mode {image.mode}: expected: {array.mean():.1f}  seen: {seen[image.mode, times]:.1f}")
grey = (pixels / 3000 * 200).astype(np.uint8)
right = abs(ImageStat.Stat(Image.fromarray(grey)).mean[0] - grey.mean()) < 1e-6
if not right or max(seen.values()) > 255 or abs(seen["F", 1] - seen["F", 10]) > 1:
    raise SystemExit("the behaviour has changed")
PYTHON
