#!/bin/sh
# OpenCV 5.0.0: INTER_AREA averages no pixels along the width of a photo whose height grows by one row.
#
# Expected by most: INTER_AREA averages along each side that shrinks. A photo of 1024 pixels put in 224 loses most of
# its noise, whether its height of 223 or 225 rows is made 224 as well.
# Seen: as soon as one side grows, the other is sampled too, from two neighbours in 4.6 pixels. Noise of 15 levels
# stays 10.9 for 5.6, and fine detail is 25 dB from what the two sides give one after the other; with 225 rows the two
# ways are one. The documentation tells of shrinking and of enlarging, not of both at once.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import cv2
import numpy as np

SIDE = 224
draw = np.random.default_rng(0)
fine = cv2.GaussianBlur(draw.normal(size=(300, 1024)).astype(np.float32), (0, 0), 1.5)
fine = (fine - fine.min()) / np.ptp(fine) * 255
noise = draw.normal(128, 15, fine.shape).astype(np.float32)


def at_once(photo):
    return cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def one_by_one(photo):
    narrow = cv2.resize(photo, (SIDE, len(photo)), interpolation=cv2.INTER_AREA)
    return cv2.resize(narrow, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


print(f"OpenCV {cv2.__version__}; photos 1024 pixels wide resized to {SIDE} x {SIDE} with INTER_AREA")
seen = {}
for rows in (225, 224, 223, 200):
    left = [float(way(noise[:rows]).std()) for way in (one_by_one, at_once)]
    apart = at_once(fine[:rows]) - one_by_one(fine[:rows])
    psnr = -20 * np.log10(max(float(np.sqrt(np.mean(apart**2))), 1e-3) / 255)
    seen[rows] = left[1] / left[0], psnr
    print(
        f"{rows} rows; noise of 15, expected: {left[0]:.1f}  seen: {left[1]:.1f}; "
        f"fine detail: {psnr:.0f} dB, {np.abs(apart).max():.1f} levels apart"
    )
grown = [seen[rows] for rows in (223, 200)]
shrunk = [seen[rows] for rows in (225, 224)]
if any(ratio < 1.5 or psnr > 28 for ratio, psnr in grown) or any(abs(ratio - 1) > 0.01 for ratio, _ in shrunk):
    raise SystemExit("the behaviour has changed")
PYTHON
