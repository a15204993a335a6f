#!/bin/sh
# pyvips 3.2.0, libvips 8.18: a file that was written anew is read as it was.
#
# Expected by most: opening a path reads the file that lies there now.
# Seen: results of the last operations are kept, "load this path" is one of them, and neither time nor size of the
# file is looked at. A distortion that is saved to one path at one level after the other and opened each
# time gives the first level's pixels. `revalidate=True` or names of their own help; Pillow reads the new file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import pyvips
from PIL import Image

draw = np.random.default_rng(0)
photo = draw.integers(0, 256, (64, 64, 3)).astype(np.uint8)
print(f"pyvips {pyvips.__version__}, libvips {pyvips.version(0)}.{pyvips.version(1)}; mean of a file of three levels")
seen = {"vips": [], "revalidated": [], "pillow": []}
for level in (1.0, 0.5, 0.25):
    Image.fromarray((level * photo).astype(np.uint8)).save("distorted.png")
    seen["vips"].append(pyvips.Image.new_from_file("distorted.png").avg())
    seen["pillow"].append(float(np.asarray(Image.open("distorted.png")).mean()))
for level in (1.0, 0.5, 0.25):
    Image.fromarray((level * photo).astype(np.uint8)).save("distorted.png")
    seen["revalidated"].append(pyvips.Image.new_from_file("distorted.png", revalidate=True).avg())
for name, means in seen.items():
    expected = " ".join(f"{mean:.1f}" for mean in seen["pillow"])
    print(f"{name}: expected: {expected}  seen: " + " ".join(f"{mean:.1f}" for mean in means))
same = np.allclose(seen["revalidated"], seen["pillow"])
if len(set(seen["vips"])) != 1 or not same:
    raise SystemExit("the behaviour has changed")
PYTHON
