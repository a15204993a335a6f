#!/bin/sh
# scikit-image 0.26.0, SciPy 1.17.1, OpenCV 5.0.0: a hole of 16 pixels in a photo takes most of its SSIM map with it.
#
# Expected by most: pixels that do not count (NaN) are missing from the SSIM map in the windows that hold them, and the
# mean of the rest, by `nanmean`, is that of the photo around the hole; so it is with Gaussian windows.
# Seen: a box mean is a running sum. Behind a NaN all is NaN to the end of the row and then of the columns, in SciPy's
# `uniform_filter` and so in the default SSIM: three quarters of the map for a hole near the upper left corner, 3 % for
# one near the lower right, and .92 for .84 where the rest is the worse part. Nothing is said of it. A marker of -3.4e38
# (missing in many float files) does it with wrong numbers instead of NaN: a local mean of 0 for 100, far from it.
# OpenCV's `blur` does the same, down the columns.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 \
    opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python - <<'PYTHON'
import cv2
import numpy as np
import scipy
import skimage
from scipy.ndimage import gaussian_filter, uniform_filter
from skimage.metrics import structural_similarity

SIDE = 256
draw = np.random.default_rng(0)
photo = gaussian_filter(draw.uniform(0, 255, (SIDE, SIDE)), 2)
photo = 255 * (photo - photo.min()) / np.ptp(photo)
noisy = photo.copy()
noisy[:, SIDE // 2 :] += draw.normal(0, 20, (SIDE, SIDE // 2))
print(f"scikit-image {skimage.__version__}, SciPy {scipy.__version__}, OpenCV {cv2.__version__}")


def with_hole(at, marker=np.nan):
    holed = photo.copy(), noisy.copy()
    for picture in holed:
        picture[at : at + 4, at : at + 4] = marker
    return holed


windows = {"box": {}, "Gaussian": {"gaussian_weights": True, "use_sample_covariance": False}}
seen = {}
for name, chosen in windows.items():
    whole = structural_similarity(photo, noisy, data_range=255, full=True, **chosen)[1].mean()
    for at in (40, SIDE - 44):
        ssim_map = structural_similarity(*with_hole(at), data_range=255, full=True, **chosen)[1]
        missing, mean = np.isnan(ssim_map).mean(), np.nanmean(ssim_map)
        seen[name, at] = float(missing), float(abs(mean - whole))
        print(f"{name} windows, a hole of 4 x 4 pixels at ({at}, {at}) of {SIDE} x {SIDE}")
        print(f"  expected: {whole:.3f}, up to 1 % of the map missing  seen: {mean:.3f}, {missing:.1%}")
even = np.full((SIDE, SIDE), 100.0)
even[40, 40] = -3.4e38
far = {"uniform_filter": uniform_filter(even, 3)[40, 200], "OpenCV's blur": cv2.blur(even, (3, 3))[200, 40]}
for name, mean in far.items():
    print(f"an even 100 with a marker, 160 pixels from it  expected: 100  seen: {mean:.1f} ({name}, 3 x 3)")
steady = all(seen["Gaussian", at][0] < 0.01 and seen["Gaussian", at][1] < 0.01 for at in (40, SIDE - 44))
if not steady or seen["box", 40][0] < 0.5 or seen["box", 40][1] < 0.05 or any(mean > 90 for mean in far.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
