#!/bin/sh
# colour-demosaicing 0.2.7: a bilinear demosaicing of an even grey has a coloured frame, 225 of 100 in a corner.
#
# Expected by most: what a sensor sees of an even grey of 100 becomes an even grey of 100 up to the border, as in the
# two other methods of the library; bilinear means that a missing sample is a mean of its neighbours.
# Seen: beyond the border the samples are mirrored with the outermost row doubled, which moves the mosaic by one: red
# lies beside red, and its weights no longer add up to 1. The outermost pixels are of 50, 150 and 225, in colours that
# take turns. For a smooth photo of 256 x 256 the bilinear method is the best of three inside (51 dB, 46, 40) and the
# worst with the border (31.5 dB, 38, 40): the order of methods in a table turns round.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 colour-science==0.4.7 \
    colour-demosaicing==0.2.7
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import colour_demosaicing as methods
import numpy as np
from scipy.ndimage import gaussian_filter

print("colour-demosaicing", version("colour-demosaicing"), "(an even grey, and the PSNR of a photo)")
mosaic_of = methods.mosaicing_CFA_Bayer
grey = np.full((64, 64, 3), 100.0)
cells = np.random.default_rng(0).uniform(40, 200, (32, 32, 3))
photo = gaussian_filter(np.kron(cells, np.ones((8, 8, 1))), (3, 3, 0), mode="nearest")


def psnr(error):
    return 10 * np.log10(255**2 / np.mean(error**2))


seen = {}
for name in ("bilinear", "Malvar2004", "Menon2007"):
    method = getattr(methods, f"demosaicing_CFA_Bayer_{name}")
    even = method(mosaic_of(grey, "RGGB"), "RGGB")
    error = method(mosaic_of(photo, "RGGB"), "RGGB") - photo
    seen[name] = float(even.min()), float(even.max()), float(psnr(error)), float(psnr(error[2:-2, 2:-2]))
    least, most, whole, inside = seen[name]
    print(f"{name:10}  expected: 100 to 100  seen: {least:.0f} to {most:.0f}; {whole:.1f} dB, inside {inside:.1f}")
    if name == "bilinear":
        print("  first pixels of the first row (red, green, blue):", *even[0, :3].round().tolist())
rest_is_even = all(abs(level - 100) < 1e-6 for name in ("Malvar2004", "Menon2007") for level in seen[name][:2])
least, most, whole, inside = seen["bilinear"]
if not rest_is_even or most < 200 or least > 50 or inside < seen["Menon2007"][3] or whole > seen["Menon2007"][2]:
    raise SystemExit("the behaviour has changed")
PYTHON
