#!/bin/sh
# nibabel 5.4.2, NumPy 2.4.6: a map of floats saved with the header of its mask has four values.
#
# Expected by most: an image is written with the values that it was given; the header, taken from another file of the
# same scan, tells of sizes and places.
# Seen: the type in the header, that of the mask, is the one on the disk. A map of signal to noise is laid on 256 steps
# up to its highest value: one voxel of air at 2000 leaves four values in the tissue, with a mean of 2.25 for 3.31 and
# an SRCC of .75 with what was saved; at 100,000 all are one. A missing value is 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 nibabel==5.4.2
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import nibabel
import numpy as np
from scipy.stats import spearmanr

SHAPE = (24, 24, 24)
draw = np.random.default_rng(0)
mask = np.zeros(SHAPE, np.uint8)
mask[4:20, 4:20, 4:20] = 1
nibabel.Nifti1Image(mask, np.eye(4)).to_filename("mask.nii")
tissue = draw.lognormal(1, 0.6, SHAPE)


def read_back(values):
    of_mask = nibabel.load("mask.nii")
    nibabel.Nifti1Image(values, of_mask.affine, of_mask.header).to_filename("map.nii")
    return nibabel.load("map.nii").get_fdata()


print(f"nibabel {nibabel.__version__}, NumPy {np.__version__}; a map in the tissue, saved with the header of its mask")
seen = {}
for highest in (20, 2000, 100_000):
    values = tissue.copy()
    values[0, 0, 0] = highest  # a voxel of air
    inside, read = values[mask == 1], read_back(values)[mask == 1]
    count = len(np.unique(read))
    seen[highest] = count, float(spearmanr(inside, read).statistic) if count > 1 else 0.0
    print(f"expected: {len(np.unique(inside))} values, a mean of {inside.mean():.2f}, SRCC 1.00", end="  ")
    print(f"seen: {count}, {read.mean():.2f}, {seen[highest][1]:.2f} (highest {highest})")
missing = tissue.copy()
missing[0, 0, 0] = np.nan
lost = float(read_back(missing)[0, 0, 0])
print(f"expected: nan  seen: {lost} (a missing value)")
if seen[20][0] > 256 or seen[2000][1] > 0.9 or seen[100_000][0] != 1 or lost != 0:
    raise SystemExit("the behaviour has changed")
PYTHON
