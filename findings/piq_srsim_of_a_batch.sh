#!/bin/sh
# piq 0.8.0: the SR-SIM of a picture depends on the other pictures of its batch.
#
# Expected by most: with `reduction="none"` a picture's score is its own; a batch saves time only.
# Seen: so it is for PSNR, SSIM, MS-SSIM, IW-SSIM, VIF, FSIM, GMSD, VSI, HaarPSI, MDSI and DSS. SR-SIM
# scales the saliency of the whole batch to 0..1 by one minimum and maximum, so a neighbour with a strong
# spot changes the weights of all. The same pair has .87 alone, .83 beside a white picture and .93
# beside a light in the dark: more than most pairs of distortions differ. Score one picture a call.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
"$folder/venv/bin/pip" install --quiet --no-deps piq==0.8.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import importlib.util
import sys

import torch
from torch.nn.functional import interpolate

# the measures' own modules, without the package's networks, which need torchvision
sys.modules["piq"] = importlib.util.module_from_spec(importlib.util.find_spec("piq"))
from piq.srsim import srsim  # noqa: E402
from piq.ssim import ssim  # noqa: E402

torch.manual_seed(0)
pictures = interpolate(torch.rand(2, 3, 24, 32), size=(192, 256), mode="bicubic").clamp(0, 1)
noisy = (pictures + 0.1 * torch.randn(pictures.shape)).clamp(0, 1)
light = torch.zeros(3, 192, 256)
light[:, 90:98, 100:108] = 1
beside = {"nothing": None, "another photo": pictures[1], "white": torch.ones(3, 192, 256), "a light": light}


def score(measure, neighbour):
    images = [] if neighbour is None else [neighbour]
    pair = torch.stack([noisy[0], *images]), torch.stack([pictures[0], *images])
    return measure(*pair, data_range=1.0, reduction="none")[0].item()


print(f"piq {importlib.metadata.version('piq')}, torch {torch.__version__}; one pair in batches of 1 and 2")
seen = {name: (score(ssim, image), score(srsim, image)) for name, image in beside.items()}
for name, (of_ssim, of_srsim) in seen.items():
    print(f"beside {name}: expected: {seen['nothing'][1]:.3f}  seen: {of_srsim:.3f}; SSIM {of_ssim:.3f}")
scores = torch.tensor(list(seen.values()))
spread = scores.amax(0) - scores.amin(0)
if spread[0] > 1e-5 or spread[1] < 0.05:
    raise SystemExit("the behaviour has changed")
PYTHON
