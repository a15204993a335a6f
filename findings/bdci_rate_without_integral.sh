#!/bin/sh
# bdci 0.0.5, bjontegaard 1.3.0: the BD-rate by a cubic fit is .1 % for 18 %, or has the other sign.
#
# Expected by most: the Bjontegaard rate of the report VCEG-M33, by a cubic fit, is one number in all packages:
# the mean distance of two fitted curves over the qualities that they share.
# Seen: in bdci's "cubic" the fits are not integrated: it takes their difference at the two ends. A codec that saves
# 18.3 % is said to save .1 %; one that needs 11 % more comes out as one that saves. Its "pchip" is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.17.1 torch==2.15.0 tqdm==4.67.1 \
    bdci==0.0.5 bjontegaard==1.3.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import importlib.metadata

import bjontegaard
import numpy as np
from bdci.functional import create_bd_calculator

RATES, PSNR = np.array([800.0, 1500.0, 3000.0, 6000.0]), np.array([32.0, 34.5, 37.0, 39.2])
CODECS = {
    "less": (np.array([700.0, 1350.0, 2600.0, 5500.0]), np.array([32.2, 34.9, 37.2, 39.5])),
    "more": (RATES * np.array([1.16, 1.12, 1.09, 1.07]), PSNR),
}
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("bdci", "bjontegaard")), sep=", ")
seen = {}
for name, (rates, psnr) in CODECS.items():
    curves = RATES, PSNR, rates, psnr
    for method in ("cubic", "pchip"):
        peer = bjontegaard.bd_rate(*curves, method=method)
        seen[name, method] = peer, create_bd_calculator(method).bd_rate(*curves)
print("expected: one BD-rate in each line (bjontegaard, bdci)")
for (name, method), (peer, value) in seen.items():
    print(f"seen:     {peer:+.2f} % and {value:+.2f} % ({method}, a codec that needs {name})")
steady = all(abs(peer - value) < 0.1 for (_, method), (peer, value) in seen.items() if method == "pchip")
if not steady or seen["less", "cubic"][1] < -1 or seen["more", "cubic"][1] > 0:
    raise SystemExit("the behaviour has changed")
PYTHON
