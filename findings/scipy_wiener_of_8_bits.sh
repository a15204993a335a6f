#!/bin/sh
# SciPy 1.17.1: Wiener's filter makes a uint8 photo worse than its noise did; of the same pixels as floats it helps.
#
# Expected by most: a filter that takes any array and returns float64 computes in float64; where a type does not fit,
# as in other functions of scipy.signal, it is refused.
# Seen: the local variance is made of squares in the type of the photo, and those of 8 bits wrap around at 256. The
# noise that is taken off is made up: 20 dB from the original for 30 before filtering and 41 as floats.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
import scipy
from scipy.ndimage import gaussian_filter
from scipy.signal import wiener

draw = np.random.default_rng(0)
original = gaussian_filter(np.kron(draw.uniform(60, 200, (16, 16)), np.ones((16, 16))), 6)
noisy = np.clip(np.rint(original + draw.normal(0, 8, original.shape)), 0, 255).astype(np.uint8)


def psnr(picture):
    """PSNR to the original, in dB."""
    return float(10 * np.log10(255**2 / np.mean((picture - original) ** 2)))


as_bytes, as_floats = wiener(noisy, 5), wiener(noisy.astype(float), 5)
print(f"scipy {scipy.__version__}; PSNR to the original; {as_bytes.dtype} comes back from {noisy.dtype}")
print(f"noisy photo: {psnr(noisy):.1f} dB, filtered as floats: {psnr(as_floats):.1f} dB")
print(f"expected: {psnr(as_floats):.1f} dB filtered as uint8")
print(f"seen:     {psnr(as_bytes):.1f} dB, up to {np.abs(as_bytes - as_floats).max():.0f} levels from the floats'")
if as_bytes.dtype != float or psnr(as_bytes) > psnr(noisy) - 3 or psnr(as_floats) < psnr(noisy) + 3:
    raise SystemExit("the behaviour has changed")
PYTHON
