#!/bin/sh
# torch 2.13.0: `antialias=True` changes a bicubic enlargement, in which nothing can alias.
#
# Expected by most: antialiasing widens the kernel when an image shrinks; enlarging is unaffected.
# Seen: so it is for bilinear. For bicubic the flag also switches the kernel, from a = -0.75 (that of
# OpenCV) to a = -0.5 (that of Pillow). Enlarged position embeddings and crops differ by several
# hundredths of the range, and a model tuned with one flag runs with other embeddings under the other.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 torch==2.13.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import torch
from torch.nn.functional import interpolate

step = torch.zeros(1, 1, 1, 8)
step[..., 4:] = 1


def apart(mode):
    size = (1, 16)
    plain, smooth = (interpolate(step, size, mode=mode, antialias=flag) for flag in (False, True))
    return (plain - smooth).abs().max().item()


seen = {mode: apart(mode) for mode in ("bilinear", "bicubic")}
print(f"torch {torch.__version__}; a step from 0 to 1 enlarged twofold, with and without antialias")
print("expected: no difference")
print(f"seen:     {seen['bilinear']:.4f} bilinear, {seen['bicubic']:.4f} bicubic")
if seen["bilinear"] > 1e-5 or seen["bicubic"] < 0.01:
    raise SystemExit("the behaviour has changed")
PYTHON
