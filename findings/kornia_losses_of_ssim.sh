#!/bin/sh
# kornia 0.9.0: its SSIM loss is half of 1 - SSIM, and its MS-SSIM loss is 16, of which SSIM is one part.
#
# Expected by most: `ssim_loss` is 1 - SSIM, and `MS_SSIMLoss` 1 - MS-SSIM, both at most 1 for photos.
# Seen: the first is halved: .214 for an SSIM of .572, so a weight of 1 taken from a paper is one of 1/2. The
# second is 200 times a mixture, .025 of 1 - MS-SSIM and .975 of a blurred L1 distance. A brighter photo
# with an SSIM of .975 has a larger loss (18.7) than a noisy one (16.1).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0 kornia==0.9.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import kornia
import torch
from torch.nn.functional import interpolate

torch.manual_seed(0)
photo = interpolate(torch.rand(1, 3, 32, 32), (256, 256), mode="bicubic").clamp(0.2, 0.7)
others = {"noisy": photo + 0.08 * torch.randn_like(photo), "brighter": photo + 0.1}
multi_scale = kornia.losses.MS_SSIMLoss()
print(f"kornia {kornia.__version__}, losses of a photo")
seen = {}
for name, other in others.items():
    expected = 1 - kornia.metrics.ssim(photo, other, 11).mean().item()
    seen[name] = expected, kornia.losses.ssim_loss(photo, other, 11).item(), multi_scale(photo, other).item()
    print("{}: expected: {:.3f}, less for several scales  seen: {:.3f}, {:.1f} for MS-SSIM".format(name, *seen[name]))
if any(abs(half - whole / 2) > 0.001 or several < 2 for whole, half, several in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
