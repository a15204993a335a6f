#!/bin/sh
# SciPy 1.17.1: scores that MATLAB holds as doubles arrive as uint8, and differences wrap around.
#
# Expected by most: a double array of a MAT file is a float64 array in Python.
# Seen: MATLAB stores doubles that are whole numbers in the smallest integer type that holds them, and
# `loadmat` returns that storage type. So `mos - other` is taken modulo 256, without an error, for a
# label file of whole scores, but not for one in which a single score has a fraction.
# `loadmat(..., mat_dtype=True)` restores the class that the file states.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import struct

import numpy as np
import scipy


def element(kind, content):
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


# A matrix of class double (6) with its values stored as uint8 (2), as the MAT 5 format allows.
scores = [90, 40, 75]
array = (
    element(6, struct.pack("<II", 6, 0))  # flags
    + element(5, struct.pack("<ii", 1, len(scores)))  # dimensions
    + element(1, b"dmos")  # name
    + element(2, bytes(scores))
)
header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
file = header + element(14, array)

plain = scipy.io.loadmat(io.BytesIO(file))["dmos"].ravel()
stated = scipy.io.loadmat(io.BytesIO(file), mat_dtype=True)["dmos"].ravel()
print(f"SciPy {scipy.__version__}, dmos = {scores}")
print(f"expected: {np.diff(stated)} as differences of neighbours ({stated.dtype})")
print(f"seen:     {np.diff(plain)} ({plain.dtype}); 50 - dmos = {50 - plain}")
if plain.dtype != np.uint8 or np.diff(plain).tolist() != [206, 35]:
    raise SystemExit("the behaviour has changed")
PYTHON
