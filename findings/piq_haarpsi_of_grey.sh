#!/bin/sh
# piq 0.8.0 (torch 2.15.0): a grey photo has two HaarPSI scores, one for each way to hold it.
#
# Expected by most: one grey channel or three equal ones are one picture; its colours cannot be distorted.
# Seen: so it is for PSNR, SSIM, VIF, GMSD, MDSI and VSI. HaarPSI adds a map of chroma to two maps of structure if there
# are three channels. That of a grey photo is perfect everywhere, and lifts the score: .754 becomes .819. A set
# with grey photos that a loader made RGB ranks them too high.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.15.0
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
from piq.gmsd import gmsd  # noqa: E402
from piq.haarpsi import haarpsi  # noqa: E402
from piq.mdsi import mdsi  # noqa: E402
from piq.ssim import ssim  # noqa: E402
from piq.vif import vif_p  # noqa: E402
from piq.vsi import vsi  # noqa: E402

torch.manual_seed(0)
photo = interpolate(torch.rand(1, 1, 24, 32), size=(192, 256), mode="bicubic").clamp(0, 1)
noisy = (photo + 0.1 * torch.randn(photo.shape)).clamp(0, 1)
print(f"piq {importlib.metadata.version('piq')}, torch {torch.__version__}; one and three equal channels")
seen = {}
for measure in (ssim, vif_p, gmsd, mdsi, vsi, haarpsi):
    one, three = (measure(*(x.repeat(1, channels, 1, 1) for x in (noisy, photo)), data_range=1.0).item() for channels in (1, 3))
    seen[measure.__name__] = abs(three - one)
    print(f"{measure.__name__}: expected: {one:.3f} {one:.3f}  seen: {one:.3f} {three:.3f}")
if seen.pop("haarpsi") < 0.04 or max(seen.values()) > 1e-3:
    raise SystemExit("the behaviour has changed")
PYTHON
