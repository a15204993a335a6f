#!/bin/sh
# fast-ssim 1.4.0: a 16-bit photo whose lower half is black has an SSIM of 1.000 and a PSNR of 196 dB.
#
# Expected by most: pixels of 16 bits are scored as such, with their `data_range`, or refused: the documentation
# promises a TypeError for a type that is not supported.
# Seen: the memory of the array is read as pixels of 8 bits, as many as the photo has pixels: the upper half of the
# photo, each pixel as two. Noise with an SSIM of .94 and a blur with .71 both have .998. Of whole numbers in int64 the
# upper eighth is seen.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 fast-ssim==1.4.0
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata

import fast_ssim
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

ROWS, COLUMNS = 288, 352
draw = np.random.default_rng(0)
steepness = np.hypot(np.fft.fftfreq(ROWS)[:, None], np.fft.fftfreq(COLUMNS))
steepness[0, 0] = 1
photo = np.fft.ifft2(np.fft.fft2(draw.normal(size=(ROWS, COLUMNS))) / steepness).real
photo = np.clip((photo - photo.mean()) / photo.std() * 0.18 + 0.5, 0, 1)
lower = np.arange(ROWS)[:, None] >= ROWS // 2
copies = {
    "lower half black": np.where(lower, 0, photo),
    "noise": np.clip(photo + draw.normal(0, 0.04, photo.shape), 0, 1),
    "blur": gaussian_filter(photo, 1),
}


def pixels(picture, kind):
    return np.round(picture * (65535 if kind == np.uint16 else 255)).astype(kind)


def both(copy, kind):
    pair, peak = [pixels(picture, kind) for picture in (photo, copy)], 65535 if kind == np.uint16 else 255
    right = structural_similarity(*pair, data_range=peak), peak_signal_noise_ratio(*pair, data_range=peak)
    return right, (fast_ssim.ssim(*pair, data_range=peak), fast_ssim.psnr(*pair, data_range=peak))


names = "fast-ssim", "scikit-image", "numpy"
print(*(f"{name} {importlib.metadata.version(name)}" for name in names), sep=", ")
seen = {}
for kind in (np.uint8, np.uint16, np.int64):
    for name, copy in copies.items():
        right, seen[name, kind] = both(copy, kind)
        print(
            f"{name} in {kind.__name__}; expected: SSIM {right[0]:.4f}, PSNR {right[1]:.1f}  "
            "seen: SSIM {:.4f}, PSNR {:.1f}".format(*seen[name, kind])
        )
        if kind == np.uint8 and abs(right[0] - seen[name, kind][0]) > 0.001:
            raise SystemExit("the behaviour has changed")
for kind in (np.uint16, np.int64):
    if seen["lower half black", kind][0] != 1 or seen["lower half black", kind][1] < 100:
        raise SystemExit("the behaviour has changed")
PYTHON
