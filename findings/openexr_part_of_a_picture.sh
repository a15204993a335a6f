#!/bin/sh
# OpenEXR 3.5.3 with NumPy 2.4.6: a part of a picture is written as something else.
#
# Expected by most: `picture[8:40, 8:56]` is written with its own pixels, as other writers do or say that they cannot.
# Seen: the module that comes with the format takes the memory as it lies. A part has the pixels that follow its first
# one in the whole picture (11 dB from it), and a picture whose channels were moved to the end, as a network gives it,
# becomes a tile of coloured noise. No error is raised. `numpy.ascontiguousarray` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 OpenEXR==3.5.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import numpy as np
import OpenEXR

HEADER = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
rows, columns = np.mgrid[:48, :64] / 64
planes = np.stack([rows, columns, 0.5 + 0.4 * np.sin(9 * rows) * np.cos(7 * columns)]).astype(np.float32)
picture = np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def read_back(pixels):
    OpenEXR.File(dict(HEADER), {"RGB": pixels}).write("picture.exr")
    with OpenEXR.File("picture.exr") as file:
        return np.array(file.channels()["RGB"].pixels)


def peak_ratio(pixels):
    error = float(np.mean((read_back(pixels) - pixels) ** 2))
    return float("inf") if error == 0 else -10 * np.log10(error)


print(f"OpenEXR {importlib.metadata.version('OpenEXR')}, NumPy {np.__version__}; PSNR of what is read back")
seen = {
    "a picture": peak_ratio(picture),
    "a part of it": peak_ratio(picture[8:40, 8:56]),
    "that part, copied": peak_ratio(np.ascontiguousarray(picture[8:40, 8:56])),
    "channels moved to the end": peak_ratio(np.moveaxis(planes, 0, -1)),
}
for name, ratio in seen.items():
    print(f"expected: inf  seen: {ratio:.1f} dB ({name})")
whole, part, copied, moved = seen.values()
if not (whole == copied == float("inf") and part < 20 and moved < 20):
    raise SystemExit("the behaviour has changed")
PYTHON
