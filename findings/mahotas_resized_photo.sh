#!/bin/sh
# mahotas 1.4.19, SciPy 1.17.1: a photo that is resized with splines has steps and a black edge.
#
# Expected by most: `imresize` and `resize_to` use splines of order 3, as they say, as SciPy's `zoom` does: a smooth
# photo stays smooth, a shift by nothing changes nothing.
# Seen: no order interpolates: orders 0 to 5 give the same picture, each pixel the next one below and to the right of
# its place, and the last row and column are black. Enlarged by two a smooth photo is 28 dB from SciPy's, and half of
# its pixels repeat their neighbour. A shift by 0 moves the photo by a pixel, one by .3 or .7 leaves it where it was.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 mahotas==1.4.19
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from mahotas.interpolate import shift, zoom
from mahotas.resize import resize_to
from scipy import ndimage

draw = np.random.default_rng(0)
smooth = ndimage.gaussian_filter(draw.normal(size=(200, 300)), 4)
photo = 128 + 40 * smooth / smooth.std()


def decibels(first, second):
    return float(10 * np.log10(255**2 / max(np.mean((first - second) ** 2), 1e-8)))


print(f"mahotas {version('mahotas')}, SciPy {version('scipy')}")
twice, peer = resize_to(photo, (400, 600)), ndimage.zoom(photo, 2, order=3)
apart, inside = decibels(twice, peer), decibels(twice[:-2, :-2], peer[:-2, :-2])
print(f"expected: more than 50 dB  seen: {apart:.1f}, {inside:.1f} without the edge (twice as large, from SciPy)")
edge = float(np.abs(twice[-1]).max()), float(np.abs(twice[:, -1]).max())
print(f"expected: about 128  seen: {edge[0]:.0f} and {edge[1]:.0f} (the brightest of the last row and column)")
repeated = float(np.mean(np.abs(np.diff(twice[:-1, :-1], axis=1)) < 1e-6))
print(f"expected: 0 %  seen: {repeated:.0%} (pixels that repeat their neighbour)")
alike = all(np.allclose(zoom(photo, 2, order=order), twice, atol=1e-3) for order in range(6))
print(f"expected: False  seen: {alike} (orders 0 to 5 give one picture)")
print("expected: the photo itself only for 0 (how far a photo moved by some pixels is from where it was)")
moved = {}
for pixels in (0, 0.3, 0.7):
    there, peer = shift(photo, [pixels] * 2, order=3), ndimage.shift(photo, [pixels] * 2, order=3)
    moved[pixels], wanted = (decibels(other[5:-5, 5:-5], photo[5:-5, 5:-5]) for other in (there, peer))
    print(f"seen:     {moved[pixels]:.1f} dB, SciPy {wanted:.1f} ({pixels} pixels)")
if not alike or max(edge) > 1 or repeated < 0.4 or inside > 40 or moved[0] > 40 or moved[0.7] < 90:
    raise SystemExit("the behaviour has changed")
PYTHON
