#!/bin/sh
# ncnn 1.0.20261020, ONNX Runtime 1.32.0: a photo whose channels are put in front for a network becomes another picture.
#
# Expected by most: `ncnn.Mat(photo.transpose(2, 0, 1))` holds the three planes of the photo, as any other runtime
# takes them.
# Seen: it takes the memory as it lies, red, green and blue by turns, cut into three "planes" of a third of the photo
# each: mean levels of 60, 100 and 140 are all 100. `Mat.from_pixels` of a part of a photo reads on in the rows of the
# whole one. No error is raised; `numpy.ascontiguousarray` helps.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 ncnn==1.0.20261020 onnxruntime==1.32.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata

import ncnn
import numpy as np
import onnxruntime

draw = np.random.default_rng(0)
photo = np.clip([60, 100, 140] + 10 * draw.normal(size=(90, 120, 3)), 0, 255).round()
floats, levels = photo.astype(np.float32), photo.astype(np.uint8)
border = np.zeros((100, 140, 3), np.uint8)
border[5:95, 10:130] = levels
RGB = ncnn.Mat.PixelType.PIXEL_RGB
moved = floats.transpose(2, 0, 1)
copied = np.ascontiguousarray(moved)
seen = {
    "Mat of a copy": np.array(ncnn.Mat(copied).clone()),
    "Mat": np.array(ncnn.Mat(moved).clone()),
    "from_pixels": np.array(ncnn.Mat.from_pixels(levels, RGB, 120, 90)),
    "from_pixels of a part": np.array(ncnn.Mat.from_pixels(border[5:95, 10:130], RGB, 120, 90)),
    "ONNX Runtime": onnxruntime.OrtValue.ortvalue_from_numpy(moved).numpy(),
}
print(f"ncnn {importlib.metadata.version('ncnn')}, ONNX Runtime {onnxruntime.__version__}; mean red, green and blue")
expected = photo.mean(axis=(0, 1))
errors = {}
for name, planes in seen.items():
    means = planes.astype(float).mean(axis=(1, 2))
    errors[name] = float(np.abs(means - expected).max())
    print("expected:", *expected.round(1), " seen:", *means.round(1), f"({name})")
wrong = {name for name, error in errors.items() if error > 1}
if wrong != {"Mat", "from_pixels of a part"}:
    raise SystemExit("the behaviour has changed")
PYTHON
