#!/bin/sh
# sewar 0.4.10, HyperEvalSR 1.0.1: a flat grey in place of the photo has a universal quality index of .91.
#
# Expected by most: the universal image quality index (UQI, Wang and Bovik 2002) tells how two pictures vary together
# within windows of 8 x 8; it is 0 where one of them does not vary.
# Seen: sewar puts means into a formula for sums, 64 E[xy] - E[x] E[y], so that hardly anything but brightness is left:
# a flat grey has .91, the photo upside down .85, and a blur passes a photo that is a little brighter, 1.00 and .97
# where the paper's formula has .76 and .99. Its `d_lambda` and `qnr` are made of it. HyperEvalSR's UIQI subtracts no
# mean at all: .95 for the flat grey.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 sewar==0.4.10
"$folder/venv/bin/pip" install --quiet --no-deps HyperEvalSR==1.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import sewar
from HyperEvalSR import metrics
from scipy.ndimage import gaussian_filter, uniform_filter

draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(240, 320)), 6)
photo = 128 + 40 * plane / plane.std() + draw.normal(0, 8, plane.shape)
others = {
    "a little brighter": photo + 20,
    "blur": gaussian_filter(photo, 2),
    "upside down": photo[::-1],
    "flat grey": np.full(photo.shape, photo.mean()),
}


def levels(values):
    return np.clip(values, 0, 255).round().astype(np.uint8)


def by_formula(first, second):
    """The paper's index: windows of 8 x 8 that lie in the picture as a whole."""
    first, second = first.astype(float), second.astype(float)
    means = uniform_filter(first, 8), uniform_filter(second, 8)
    together = uniform_filter(first * second, 8) - means[0] * means[1]
    alone = uniform_filter(first**2 + second**2, 8) - means[0] ** 2 - means[1] ** 2
    index = 4 * together * means[0] * means[1] / (alone * (means[0] ** 2 + means[1] ** 2))
    return float(np.mean(index[4:-4, 4:-4]))


print(", ".join(f"{name} {version(name)}" for name in ("sewar", "HyperEvalSR")))
print("expected: one UQI in each line (by the formula of the paper, sewar, HyperEvalSR)")
seen = {}
for name, other in others.items():
    pair = levels(photo), levels(other)
    planes = (pixels[..., np.newaxis].astype(float) for pixels in pair)
    seen[name] = by_formula(*pair), float(sewar.uqi(*pair)), float(metrics.UIQI(*planes))
    print(f"seen:     {', '.join(f'{value:.3f}' for value in seen[name])} ({name})")
flat = abs(seen["flat grey"][0]) < 0.01 and min(seen["flat grey"][1:]) > 0.8
blur, brighter = seen["blur"], seen["a little brighter"]
if not flat or blur[0] > brighter[0] or blur[1] < brighter[1]:
    raise SystemExit("the behaviour has changed")
PYTHON
