#!/bin/sh
# albumentations 2.0.8: `ISONoise` leaves an even photo alone, and is strong beside black bars.
#
# Expected by most: the noise of a sensor at one `intensity` depends on how bright a pixel is, not on the rest of the
# photo; it is as strong on an even wall as on foliage, and adds no light.
# Seen: it is drawn for the standard deviation of the whole photo's lightness, by a Poisson distribution that is not
# centred. An even photo gets none at any intensity, and between black bars a deviation of 22 levels at .5; a photo gets
# 13 levels, at a fifth of its contrast 6; and each gets brighter. Levels of severity made with it are in order within
# a photo, and not between photos.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 opencv-python-headless==5.0.0.93 \
    albumentations==2.0.8
cd "$folder"
NO_ALBUMENTATIONS_UPDATE=1 venv/bin/python -W ignore - <<'PYTHON'
import albumentations
import numpy as np
from scipy.ndimage import gaussian_filter

SIDE, BAR = 256, 64
scene = gaussian_filter(np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 3)), (4, 4, 0))
lively = np.clip(128 + 6 * (scene - scene.mean()), 20, 235).astype(np.uint8)
dull = (128 + (lively.astype(float) - 128) / 5).astype(np.uint8)
even = np.full_like(lively, 128)
bars = np.zeros((BAR, SIDE, 3), np.uint8)
photos = {
    "lively": (lively, slice(None)),
    "a fifth of its contrast": (dull, slice(None)),
    "even": (even, slice(None)),
    "even, between black bars": (np.vstack([bars, even, bars]), slice(BAR, -BAR)),
}


def change(photo, rows, intensity):
    """Return the standard deviation and the mean, in levels, of what is added to `rows`."""
    noise = albumentations.ISONoise(color_shift=(0.01, 0.01), intensity=(intensity, intensity), p=1)
    noisy = albumentations.Compose([noise], seed=0)(image=photo)["image"]
    added = noisy[rows].astype(float) - photo[rows]
    return float(added.std()), float(added.mean())


print("albumentations", albumentations.__version__)
seen = {}
for intensity in (0.5, 1.0):
    print(f"intensity {intensity}: expected: one deviation, a mean of 0")
    for name, (photo, rows) in photos.items():
        seen[name, intensity] = change(photo, rows, intensity)
        deviation, mean = seen[name, intensity]
        print(f"  seen: a deviation of {deviation:.1f} levels, a mean of {mean:+.1f} ({name})")
if (
    seen["even", 1.0][0] > 0.1
    or seen["even, between black bars", 0.5][0] < 3
    or seen["lively", 0.5][0] < 2 * seen["a fifth of its contrast", 0.5][0]
    or seen["lively", 1.0][1] < 3
):
    raise SystemExit("the behaviour has changed")
PYTHON
