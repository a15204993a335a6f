#!/bin/sh
# OpenCV 5.0.0: a reduced reading averages the pixels of a JPEG and skips those of a PNG.
#
# Expected by most: `IMREAD_REDUCED_COLOR_8` gives the same small picture for two files with the same pixels.
# Seen: a JPEG is decoded at an eighth of its size, which averages blocks of 8 by 8. A PNG is read whole and
# resized by linear interpolation without antialiasing, which looks at 4 of 64 pixels. The PSNR of the two is 30 dB
# at an eighth, 51 at a half; the PNG keeps its noise.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python - <<'PYTHON'
import cv2
import numpy as np

draw = np.random.default_rng(0)
coarse = cv2.resize(draw.random((30, 40, 3)), (640, 480), interpolation=cv2.INTER_CUBIC)
photo = np.uint8(np.clip(255 * coarse + draw.normal(0, 15, coarse.shape), 0, 255))
cv2.imwrite("photo.png", photo)
whole = [cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
cv2.imwrite("photo.jpg", photo, whole)


def psnr(first, second):
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


seen = {}
print(f"OpenCV {cv2.__version__}; PSNR of JPEG and PNG, and of each with the mean of blocks")
print(f"expected: {psnr(cv2.imread('photo.png'), cv2.imread('photo.jpg')):.1f} dB or more, as for whole pictures")
for divisor in (2, 4, 8):
    flag = getattr(cv2, f"IMREAD_REDUCED_COLOR_{divisor}")
    png, jpeg = (cv2.imread(name, flag) for name in ("photo.png", "photo.jpg"))
    blocks = photo.reshape(480 // divisor, divisor, 640 // divisor, divisor, 3).mean((1, 3))
    seen[divisor] = psnr(png, jpeg), psnr(png, blocks), psnr(jpeg, blocks)
    print("seen:     {:.1f} dB; {:.1f} for PNG, {:.1f} for JPEG".format(*seen[divisor]), f"at 1/{divisor}")
if seen[8][0] > 35 or seen[8][2] < 45:
    raise SystemExit("the behaviour has changed")
PYTHON
