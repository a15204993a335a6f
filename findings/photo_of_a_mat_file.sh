#!/bin/sh
# qoi 0.8.0, pdqhash 0.2.8, fpzip 1.2.5 with SciPy 1.17.1: a photo of a MAT file is coded and hashed as noise.
#
# Expected by most: two equal arrays are one photo to a codec and to a perceptual hash.
# Seen: SciPy gives a photo of a MAT file in MATLAB's order of memory, columns first, and these three take memory as
# rows. QOI and fpzip, both without loss, come back at 11 dB. PDQ's hash is as far from that of the same photo as from
# a stranger's (132 of 256 bits), and so is that of `np.rot90(photo)` from its copy's. Other views are refused by qoi,
# these are not. `numpy.ascontiguousarray` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 qoi==0.8.0 pdqhash==0.2.8 fpzip==1.2.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import fpzip
import numpy as np
import pdqhash
import qoi
from scipy.io import loadmat, savemat
from scipy.ndimage import zoom


def smooth(seed):
    draw = np.random.default_rng(seed)
    coarse = (zoom(draw.normal(size=(size, size, 3)), (192 / size, 256 / size, 1)) for size in (4, 12, 40))
    levels = sum(weight * layer for weight, layer in zip((60, 30, 15), coarse))
    return np.ascontiguousarray(np.clip(128 + levels, 0, 255).astype(np.uint8))


def peak_ratio(first, second):
    error = float(np.mean((first.astype(float) - second) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def bits_apart(first, second):
    return int(np.sum(pdqhash.compute(first)[0] != pdqhash.compute(second)[0]))


photo, stranger = smooth(0), smooth(1)
savemat("photos.mat", {"photo": photo})
read = loadmat("photos.mat")["photo"]
turned = np.rot90(photo)
coded = {name: peak_ratio(photo, qoi.decode(qoi.encode(pixels))) for name, pixels in (("array", photo), ("MAT", read))}
floats = read.astype(np.float32)
unpacked = fpzip.decompress(fpzip.compress(floats), order="C").reshape(photo.shape)
names = ("qoi", "pdqhash", "fpzip", "scipy", "numpy")
print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
print(f"expected: {np.array_equal(read, photo)} that both photos are equal")
print(f"expected: {coded['array']}  seen: {coded['MAT']:.1f} dB (QOI, read back)")
print(f"expected: inf  seen: {peak_ratio(photo, unpacked):.1f} dB (fpzip, read back)")
seen = bits_apart(photo, read), bits_apart(np.ascontiguousarray(turned), turned), bits_apart(photo, stranger)
print(f"expected: 0 and 0  seen: {seen[0]} and {seen[1]} bits (PDQ, of a MAT file and turned); strangers {seen[2]}")
broken = coded["MAT"] < 20 and peak_ratio(photo, unpacked) < 20 and min(seen) > 64
if not broken or coded["array"] != float("inf") or not np.array_equal(read, photo):
    raise SystemExit("the behaviour has changed")
PYTHON
