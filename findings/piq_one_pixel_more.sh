#!/bin/sh
# piq 0.8.0, piqa 1.3.2: the SSIM of a noisy photo is .51 at 383 pixels and .92 at 384.
#
# Expected by most: a photo that is cropped by a row has nearly the same SSIM, and two libraries agree on it.
# Seen: piq halves pictures from 384 pixels on before it compares them, as the first program for SSIM did, and
# noise is averaged away. FSIM does the same (.80 and .96). Sets with photos of several
# sizes are scored by two measures. piqa never does: .51 at both. `downsample=False` turns it off for SSIM alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 torchvision==0.29.2
"$folder/venv/bin/pip" install --quiet --no-deps piq==0.8.0 piqa==1.3.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import piq
import piqa
import torch
from torch.nn.functional import interpolate

torch.manual_seed(0)
photo = interpolate(torch.rand(1, 3, 36, 36), (384, 384), mode="bicubic").clamp(0, 1)
noisy = (photo + 0.1 * torch.randn_like(photo)).clamp(0, 1)
measures = {
    "SSIM of piq": piq.ssim,
    "FSIM of piq": piq.fsim,
    "SSIM of piq without downsampling": lambda first, second: piq.ssim(first, second, downsample=False),
    "SSIM of piqa": piqa.SSIM(),
    "GMSD of piq": piq.gmsd,
}
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("piq", "piqa"))
print(f"{versions}; a noisy photo of 383 pixels and of 384")
print("expected: the same within .01")
seen = {}
for name, measure in measures.items():
    seen[name] = [float(measure(photo[..., :size, :size], noisy[..., :size, :size])) for size in (383, 384)]
    print("seen:     {:.3f} {:.3f}".format(*seen[name]), name)
jumps = {name: after - before for name, (before, after) in seen.items()}
if jumps["SSIM of piq"] < 0.2 or abs(jumps["SSIM of piqa"]) > 0.01:
    raise SystemExit("the behaviour has changed")
PYTHON
