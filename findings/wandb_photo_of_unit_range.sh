#!/bin/sh
# wandb 0.27.2, 0.31.0: a photo of 0 to 1 is logged black, or with half of its contrast if one pixel is below 0.
#
# Expected by most: `wandb.Image` shows an array or tensor of 0 to 1 as 255 times itself, with what lies outside cut
# off, and goes on to do so.
# Seen: 0.27.2 does, unless a pixel is below 0, as in nearly every denoised or sharpened photo: then all are taken for
# -1 to 1, and levels of 96 to 158 are 175 to 206, 12 dB from the photo. 0.31.0 takes numbers for levels and cuts their
# fractions off: a photo or a quality map of 0 to 1 is black, one of 0 to 255 wraps around where it is too bright. There
# is no warning. Only uint8 is shown alike.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/log.py" <<'PYTHON'
import numpy as np
import wandb

draw = np.random.default_rng(0)
photo = np.clip(draw.normal(0.5, 0.05, (64, 64, 3)), 0.3, 0.7)
overshot = photo.copy()
overshot[0, 0, 0] = -0.001
levels = (255 * photo).round().astype(np.uint8)
PHOTOS = {"uint8": levels, "floats, 0 to 1": photo, "one pixel at -.001": overshot}
seen = []
with wandb.init(project="shown", mode="offline"):
    for name, array in PHOTOS.items():
        shown = np.asarray(wandb.Image(array).image).astype(float)
        seen.append(-10 * np.log10(max(1e-6, np.mean((shown - levels) ** 2) / 255**2)))
        low, high = np.sort(shown.ravel())[[100, -100]]
        levels_seen = f"levels {low:.0f} to {high:.0f}"
        print(f"{wandb.__version__}, {name}: expected: above 45 dB  seen: {seen[-1]:.0f} dB, {levels_seen}")
right = {"0.27.2": (True, True, False), "0.31.0": (True, False, False)}
if tuple(value > 45 for value in seen) != right[wandb.__version__]:
    raise SystemExit("the behaviour has changed")
PYTHON
cd "$folder"
for version in 0.27.2 0.31.0; do
    python3 -m venv --clear venv
    venv/bin/pip install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 "wandb==$version"
    WANDB_SILENT=true venv/bin/python -W ignore log.py
done
