#!/bin/sh
# Pillow 13.0.0: `ImageFilter.Kernel` applies its rows from the bottom up.
#
# Expected by most: a filter is a correlation (the kernel laid on the picture as it is written, as OpenCV and
# `scipy.ndimage.correlate` do) or a convolution (turned by 180 degrees).
# Seen: neither: the rows are exchanged, the columns are not. A motion blur from the lower left to the upper right
# becomes one from the upper left to the lower right. Kernels that are symmetric, which most are, do not show it.
# Pixels at the edge are left as they are.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import numpy as np
import PIL
from PIL import Image, ImageFilter
from scipy import ndimage

draw = np.random.default_rng(0)
photo = np.uint8(ndimage.gaussian_filter(draw.integers(0, 256, (200, 240)).astype(float), 1).round())
blur = np.zeros((5, 5))
blur[[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]] = [1, 2, 3, 4, 5]  # a motion that slows down, towards the upper right
inside = np.s_[2:-2, 2:-2]
seen = np.asarray(Image.fromarray(photo).filter(ImageFilter.Kernel((5, 5), blur.ravel().tolist())))


def apart(kernel):
    """The largest distance in grey levels from a correlation of SciPy, edges left out."""
    return np.abs(ndimage.correlate(photo.astype(float), kernel / kernel.sum()) - seen)[inside].max()


levels = {
    "a correlation": apart(blur),
    "a convolution": apart(blur[::-1, ::-1]),
    "a correlation with the rows from the bottom up": apart(blur[::-1]),
}
print(f"Pillow {PIL.__version__}; expected: at most 0.5 grey levels from a correlation or from a convolution")
for name, distance in levels.items():
    print(f"seen: {distance:.1f} levels from {name}")
print(f"seen: the edge is {'left as it was' if np.array_equal(seen[:2], photo[:2]) else 'filtered'}")
far_1, far_2, near = levels.values()
if not (min(far_1, far_2) > 5 and near < 1):
    raise SystemExit("the behaviour has changed")
PYTHON
