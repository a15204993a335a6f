#!/bin/sh
# blazediff-ssim 6.1.1 (PyPI): told that a PNG has 16 bits, SSIM puts a strong blur, .37, above a brighter photo, .99.
#
# Expected by most: `bit_depth=16` is for files of 16 bits, and gives what 8 bits give for the same picture.
# Seen: files of any depth are read in 8 bits, so that the constants of SSIM, for a peak of 65535, are far above what
# the pixels can reach. All scores are above .999 and in another order: the best of five photos is the worst. The
# default, a depth of 8, is right for files of 16 bits.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 scikit-image==0.26.0 pillow==13.0.0 \
    blazediff-ssim==6.1.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import importlib.metadata
import io

import blazediff_ssim
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

ROWS, COLUMNS = 288, 352
draw = np.random.default_rng(0)
steepness = np.hypot(np.fft.fftfreq(ROWS)[:, None], np.fft.fftfreq(COLUMNS))
steepness[0, 0] = 1
photo = np.fft.ifft2(np.fft.fft2(draw.normal(size=(ROWS, COLUMNS))) / steepness).real
photo = np.clip((photo - photo.mean()) / photo.std() * 0.18 + 0.5, 0, 1)
copies = {
    "brighter": photo + 0.06,
    "less contrast": (photo - 0.5) * 0.6 + 0.5,
    "noise": photo + draw.normal(0, 0.08, photo.shape),
    "blur": gaussian_filter(photo, 1),
    "strong blur": gaussian_filter(photo, 2),
}


def pixels(picture):
    return np.round(np.clip(picture, 0, 1) * 65535).astype(np.uint16)


def png(picture):
    file = io.BytesIO()
    Image.fromarray(pixels(picture)).save(file, "PNG")
    return file.getvalue()


def scores(picture):
    right = structural_similarity(
        pixels(photo), pixels(picture), data_range=65535, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    depths = (blazediff_ssim.compare_buffers(png(photo), png(picture), bit_depth=depth).score for depth in (8, 16))
    return right, *depths


names = "blazediff-ssim", "scikit-image", "pillow"
print(*(f"{name} {importlib.metadata.version(name)}" for name in names), sep=", ", end="; PNG files of 16 bits\n")
seen = {name: scores(copy) for name, copy in copies.items()}
for name, (right, at_8, at_16) in seen.items():
    print(f"{name}; expected: {right:.4f}  seen: {at_8:.4f} with a depth of 8, {at_16:.4f} of 16")
best, worst = max(seen, key=lambda name: seen[name][0]), min(seen, key=lambda name: seen[name][2])
print(f"best; expected: {best}  seen: {max(seen, key=lambda name: seen[name][2])}; worst with 16: {worst}")
if best != worst or any(abs(right - at_8) > 0.002 or at_16 < 0.999 for right, at_8, at_16 in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
