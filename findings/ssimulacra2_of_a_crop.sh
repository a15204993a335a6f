#!/bin/sh
# ssimulacra2 0.3.0: a photo of 224 pixels has half the score that it has with one row and column more.
#
# Expected by most: a crop that lacks one row and one column of noise or of JPEG has the score of the whole up to a
# point or two of a hundred, and what hides behind an alpha channel is not seen.
# Seen: at 225 pixels noise has 44 and JPEG 74, at 224 27 and 36, so that JPEG of quality 80 falls behind a blur. A
# scale is left out below 8 pixels, but the 108 weights go on to be counted through: those of the last scale fall on
# the first one of the next colour (the reference in C++, from which this comes, counts the same way). At 64 all scores
# are far below 0. Its function for alpha channels, said to look against dark and light, drops the channel before: a
# photo that is half transparent is perfect, 100.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 ssimulacra2==0.3.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from ssimulacra2 import compute_ssimulacra2, compute_ssimulacra2_with_alpha

draw = np.random.default_rng(0)


def texture(sigma, contrast):
    values = np.stack([gaussian_filter(draw.normal(size=(256, 256)), sigma) for _ in range(3)], axis=-1)
    return contrast * values / values.std()


def levels(values):
    return np.clip(values, 0, 255).round().astype(np.uint8)


def jpeg(pixels, quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def score(of, reference, measure=compute_ssimulacra2):
    Image.fromarray(reference).save("reference.png")
    Image.fromarray(of).save("of.png")
    return float(measure("reference.png", "of.png"))


photo = levels(128 + texture(8, 35) + texture(1, 12))
distorted = {
    "noise": levels(photo + draw.normal(0, 12, photo.shape)),
    "blur": levels(gaussian_filter(photo.astype(float), (1.5, 1.5, 0))),
    "JPEG 80": jpeg(photo, 80),
}
print(f"ssimulacra2 {version('ssimulacra2')}; scores of {', '.join(distorted)}")
print("expected: nearly one score for each in all crops")
seen = {}
for size in (256, 225, 224, 192, 64):
    crops = (score(other[:size, :size], photo[:size, :size]) for other in distorted.values())
    seen[size] = dict(zip(distorted, crops, strict=True))
    print(f"seen:     {', '.join(f'{value:.1f}' for value in seen[size].values())} ({size} pixels)")
opaque = np.dstack([photo, np.full((256, 256), 255, np.uint8)])
half = opaque.copy()
half[:, 128:, 3] = 0
transparent = score(half, opaque, compute_ssimulacra2_with_alpha)
print(f"expected: far below 100  seen: {transparent:.1f} (half transparent)")
noise_falls = seen[225]["noise"] - seen[224]["noise"]
turned = seen[225]["JPEG 80"] > seen[225]["blur"] and seen[224]["JPEG 80"] < seen[224]["blur"]
if noise_falls < 10 or not turned or transparent < 99:
    raise SystemExit("the behaviour has changed")
PYTHON
