#!/bin/sh
# imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2): the PSNR of a copy is 37.1, 30.9 or 32.1 dB as JPEG, PNG and lossless WebP.
#
# Expected by most: `psnr` and `ssim` of FFmpeg decode both files and compare pixels: a JPEG has the PSNR of its decoded
# pixels in a PNG or a lossless WebP, as NumPy computes it.
# Seen: beside a PNG, a JPEG is compared in YUV with halved colours, to which the reference is brought, so that what
# it lost there is not counted: +6.2 dB, SSIM .980 for .932. A WebP's opaque alpha is a fourth, perfect channel:
# +1.2 dB. A codec looks better or worse by the files in which its pictures are kept. In `format=gbrp` WebP and PNG
# agree, and the JPEG has 28.5 dB, as FFmpeg enlarges its colours in another way than libjpeg does.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 imageio-ffmpeg==0.8.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import re
import subprocess
from importlib.metadata import version

import imageio_ffmpeg
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

KINDS = {"jpg": {"quality": 60, "subsampling": 2}, "png": {}, "bmp": {}, "webp": {"lossless": True}}
scene = gaussian_filter(np.random.default_rng(0).normal(0, 1, (240, 320, 3)), (3, 3, 0)) * 400 + 128
photo = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
Image.fromarray(photo).save("reference.png")
Image.fromarray(photo).save("copy.jpg", **KINDS["jpg"])
copy = np.asarray(Image.open("copy.jpg"))
for kind in ("png", "bmp", "webp"):
    Image.fromarray(copy).save(f"copy.{kind}", **KINDS[kind])


def measured(kind, measure, same_format=False):
    """What FFmpeg says of the copy of a kind: its overall PSNR in dB or its overall SSIM."""
    graph = f"[0]format=gbrp[a];[1]format=gbrp[b];[a][b]{measure}" if same_format else measure
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", f"copy.{kind}", "-i", "reference.png", "-lavfi", graph]
    said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"(?:average|All):([\d.]+)", said)[-1])


right = 10 * np.log10(255**2 / np.mean((copy.astype(float) - photo) ** 2))
print("imageio-ffmpeg", version("imageio-ffmpeg"), "FFmpeg", imageio_ffmpeg.get_ffmpeg_version())
print(f"expected: {right:.2f} dB and {measured('png', 'ssim'):.3f} for all, as NumPy's PSNR and the SSIM of the PNG")
seen = {kind: (measured(kind, "psnr"), measured(kind, "ssim")) for kind in KINDS}
for kind, (psnr, ssim) in seen.items():
    print(f"seen:     {psnr:.2f} dB and {ssim:.3f} ({kind}); {measured(kind, 'psnr', same_format=True):.2f} dB in gbrp")
plain = all(abs(seen[kind][0] - right) < 0.01 for kind in ("png", "bmp"))
if not plain or seen["jpg"][0] < right + 3 or seen["webp"][0] < right + 1 or seen["jpg"][1] < seen["png"][1] + 0.02:
    raise SystemExit("the behaviour has changed")
PYTHON
