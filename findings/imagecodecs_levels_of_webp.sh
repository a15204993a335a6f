#!/bin/sh
# imagecodecs 2026.3.6, tifffile 2026.3.3: WebP at level 10, 50 and 90 loses nothing; JPEG and AVIF do as they are told.
#
# Expected by most: `level` of a lossy codec is its quality, as for JPEG: at 10 a photo is in ruins. None is the one
# that might be lossless.
# Seen: WebP is lossless at every level, and so are WebP tiles in a TIFF of tifffile, unless `lossless=False` is given
# too. In a set of synthetic distortions all WebP copies are the reference, labelled with five qualities. For JPEG-LS
# `level` is the largest error, so that 90 is far worse than 10.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 imagecodecs==2026.3.6 tifffile==2026.3.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import imagecodecs
import numpy as np
import tifffile
from scipy.ndimage import gaussian_filter

LEVELS = 10, 50, 90
draw = np.random.default_rng(0)
scene = gaussian_filter(draw.normal(0, 1, (256, 256, 3)), (3, 3, 0)) * 500 + 128
photo = np.clip(scene + draw.normal(0, 5, scene.shape), 0, 255).astype(np.uint8)


def psnr(picture):
    error = np.mean((picture.astype(float) - photo) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else np.inf


def in_tiff(level):
    tifffile.imwrite(
        "photo.tif", photo, photometric="rgb", compression="webp", compressionargs={"level": level}
    )
    return tifffile.imread("photo.tif")


CODECS = {
    "JPEG": lambda level: imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(photo, level)),
    "AVIF": lambda level: imagecodecs.avif_decode(imagecodecs.avif_encode(photo, level)),
    "WebP": lambda level: imagecodecs.webp_decode(imagecodecs.webp_encode(photo, level)),
    "WebP in a TIFF": in_tiff,
    "WebP, lossless=False": lambda level: imagecodecs.webp_decode(
        imagecodecs.webp_encode(photo, level, lossless=False)
    ),
    "JPEG-LS": lambda level: imagecodecs.jpegls_decode(imagecodecs.jpegls_encode(photo, level)),
}
print(f"imagecodecs {imagecodecs.__version__}, tifffile {tifffile.__version__}")
print(f"expected: a higher PSNR, in dB, from level to level in each line (levels {LEVELS})")
seen = {name: [psnr(codec(level)) for level in LEVELS] for name, codec in CODECS.items()}
for name, values in seen.items():
    print("seen:    ", *(f"{value:5.1f}" for value in values), f"({name})")
lossless = all(np.isinf(seen[name]).all() for name in ("WebP", "WebP in a TIFF"))
told = [seen[name] for name in ("JPEG", "AVIF", "WebP, lossless=False")]
lossy = all(values == sorted(values) and values[-1] < 50 for values in told)
if not lossless or not lossy or seen["JPEG-LS"][0] < seen["JPEG-LS"][-1]:
    raise SystemExit("the behaviour has changed")
PYTHON
