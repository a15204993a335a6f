#!/bin/sh
# ImageHash 4.3.2 (Pillow 13.0.0): two photos are 4 or 6 bits apart, never 5.
#
# Expected by most: the distance of two perceptual hashes of 64 bits is any number from 0 to 64, so a limit of 5 and
# one of 4 find different pairs.
# Seen: `phash` compares 64 coefficients with their median, so each hash has 32 ones and each distance is even: limits
# come in pairs. `dhash` has odd ones too. And a copy saved with 16 bits is a stranger: it is clipped to white
# when made grey, and 20 bits and more away from its 8-bit self, as any other photo.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 PyWavelets==1.9.0 imagehash==4.3.2
cd "$folder"
venv/bin/python - <<'PYTHON'
import imagehash
import numpy as np
import PIL
from PIL import Image

draw = np.random.default_rng(0)


def photo():
    small = Image.fromarray(draw.integers(0, 256, (12, 16)).astype(np.uint8))
    return small.resize((320, 240), Image.Resampling.BICUBIC)


photos = [photo() for _ in range(40)]
print(f"ImageHash {imagehash.__version__}, Pillow {PIL.__version__}; distances of 780 pairs")
odd = {}
for name, make in {"phash": imagehash.phash, "dhash": imagehash.dhash}.items():
    hashes = [make(image) for image in photos]
    distances = [int(first - second) for place, first in enumerate(hashes) for second in hashes[:place]]
    odd[name] = sum(distance % 2 for distance in distances)
    print(f"{name}: expected: about 390 odd ones  seen: {odd[name]}")
copies = [Image.fromarray(np.asarray(image).astype(np.uint16) * 257) for image in photos]
away = [int(imagehash.phash(copy) - imagehash.phash(image)) for copy, image in zip(copies, photos, strict=True)]
print(f"16-bit copies: expected: 0 bits away  seen: {min(away)} to {max(away)}")
if odd["phash"] or odd["dhash"] < 200 or np.median(away) < 15:
    raise SystemExit("the behaviour has changed")
PYTHON
