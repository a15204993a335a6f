#!/bin/sh
# torchvision 0.29.2 (torch 2.15.0, Pillow 13.0.0): a change of hue by nothing changes a photo, if it is Pillow's.
#
# Expected by most: `adjust_hue(photo, 0)` gives the photo back, and a Pillow image and a tensor get one result.
# Seen: a tensor comes back as it was. Pillow's image goes through its 8-bit HSV and back, and returns up to 6 levels
# off, for each draw of a colour jitter; a shift of .1 differs by more than 10 levels between the two.
# Brightness, contrast, saturation and sharpness agree within one level.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 torch==2.15.0 torchvision==0.29.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms.v2 import functional

draw = np.random.default_rng(0)
photo = Image.fromarray(draw.integers(0, 256, (12, 16, 3)).astype(np.uint8)).resize((128, 96), Image.Resampling.BICUBIC)
tensor = functional.pil_to_tensor(photo)
changes = {
    "hue by 0": lambda image: functional.adjust_hue(image, 0.0),
    "hue by .1": lambda image: functional.adjust_hue(image, 0.1),
    "brightness by 1.3": lambda image: functional.adjust_brightness(image, 1.3),
    "contrast by .7": lambda image: functional.adjust_contrast(image, 0.7),
    "saturation by 1": lambda image: functional.adjust_saturation(image, 1.0),
}
print(f"torchvision {torchvision.__version__}, torch {torch.__version__}, Pillow {PIL.__version__}; levels apart")
seen = {}
for name, change in changes.items():
    by_pillow = functional.pil_to_tensor(change(photo)).int()
    seen[name] = (by_pillow - change(tensor).int()).abs().max().item()
    print(f"{name}: expected: 0 or 1  seen: {seen[name]}")
same = torch.equal(functional.adjust_hue(tensor, 0.0), tensor)
hues = seen.pop("hue by 0"), seen.pop("hue by .1")
if not same or hues[0] < 4 or hues[1] < 8 or max(seen.values()) > 1:
    raise SystemExit("the behaviour has changed")
PYTHON
