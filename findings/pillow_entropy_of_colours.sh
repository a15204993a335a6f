#!/bin/sh
# Pillow 13.0.0: the entropy of a grey photo grows by 1.585 bits when it is stored as RGB.
#
# Expected by most: `Image.entropy()` lies in 0 to 8 bits for 8-bit pixels, and a grey photo has one entropy,
# in one channel or in three equal ones.
# Seen: the histograms of all channels are put one behind the other and taken as one of 768 levels, so log2(3) is
# added: 7.91 becomes 9.49, and a flat grey picture has 1.58. With a fourth, opaque channel they are 7.93 and 2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import PIL
from PIL import Image

draw = np.random.default_rng(0)
coarse = Image.fromarray(draw.integers(0, 256, (30, 40), np.uint8))
pictures = {"photo": coarse.resize((640, 480), Image.Resampling.BICUBIC), "flat": Image.new("L", (64, 64), 100)}
print(f"Pillow {PIL.__version__}, entropy of one grey picture in modes L, RGB and RGBA")
seen = {name: [p.convert(mode).entropy() for mode in ("L", "RGB", "RGBA")] for name, p in pictures.items()}
for name, values in seen.items():
    print(f"{name}: expected: {abs(values[0]):.3f} in each  seen:", *(f"{abs(value):.3f}" for value in values))
if any(abs(values[1] - values[0] - np.log2(3)) > 1e-6 for values in seen.values()):
    raise SystemExit("the behaviour has changed")
PYTHON
