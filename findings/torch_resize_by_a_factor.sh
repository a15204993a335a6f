#!/bin/sh
# torch 2.15.0, OpenCV 5.0.0: a photo of 1023 pixels resized by .3 and resized to 306 are two pictures.
#
# Expected by most: a factor only names the size: 1023 times .3 is 306.9, so 306 pixels, of the whole photo.
# Seen: the pixels are placed by the factor, not by the size that comes out. What would be the last 0.9 of a pixel
# falls off, and the picture moves by up to 3 pixels of the photo, most at its right: 26 dB between the
# left halves of the two, 19 between the right. torch cuts 306.9 to 306, OpenCV rounds to 307: 28 dB. Give the size.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import cv2
import torch
from torch.nn.functional import interpolate

torch.manual_seed(0)
photo = interpolate(torch.rand(1, 1, 96, 128), (768, 1023), mode="bicubic", antialias=False).clamp(0, 1)


def by_torch(**target):
    return interpolate(photo, mode="bilinear", antialias=True, **target)


def by_opencv(size, **factors):
    return torch.from_numpy(cv2.resize(photo[0, 0].numpy(), size, interpolation=cv2.INTER_LINEAR, **factors))


def psnr(first, second):
    return (-10 * torch.log10(((first - second) ** 2).mean())).item()


factor = by_torch(scale_factor=0.3)
size = by_torch(size=factor.shape[-2:])
again = by_torch(scale_factor=0.3, recompute_scale_factor=True)
opencv = by_opencv(None, fx=0.3, fy=0.3)
opencv_size = by_opencv(opencv.shape[::-1])
seen = {"left half": psnr(factor[..., :153], size[..., :153]), "right half": psnr(factor[..., 153:], size[..., 153:])}
print(f"torch {torch.__version__}, OpenCV {cv2.__version__}; 1023x768 by .3 and to the size that comes out")
print("expected: one picture")
print("seen:     torch", factor.shape[3], *(f"{value:.1f} dB in the {half}," for half, value in seen.items()))
print(f"          equal with recompute_scale_factor: {torch.equal(again, size)}")
print(f"seen:     OpenCV {opencv.shape[1]}", f"{psnr(opencv, opencv_size):.1f} dB")
if seen["right half"] > 30 or not torch.equal(again, size):
    raise SystemExit("the behaviour has changed")
PYTHON
