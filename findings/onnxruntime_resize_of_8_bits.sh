#!/bin/sh
# ONNX Runtime 1.32.0: a model that resizes 8-bit pixels makes a photo half a level darker.
#
# Expected by most: `Resize` of uint8 is rounded, and within rounding that of the same pixels as floats.
# Seen: fractions are cut off. The mean falls by .49 of a level, up to a whole level for a pixel. Let the
# model cast to floats first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper


def resize(pixels, kind):
    """The picture at .7 of its size, by a model of one node."""
    inputs = [helper.make_tensor_value_info("pixels", kind, pixels.shape)]
    outputs = [helper.make_tensor_value_info("smaller", kind, None)]
    scales = helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, 0.7, 0.7])
    node = helper.make_node("Resize", ["pixels", "", "scales"], ["smaller"], mode="linear")
    graph = helper.make_graph([node], "graph", inputs, outputs, [scales])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": pixels})[0].astype(float)


photo = np.random.default_rng(0).integers(0, 256, (1, 1, 64, 64)).astype(np.uint8)
floats = resize(photo.astype(np.float32), TensorProto.FLOAT)
integers = resize(photo, TensorProto.UINT8)
print(f"ONNX Runtime {onnxruntime.__version__}, onnx {onnx.__version__}, linear Resize to .7")
print(f"expected: a mean of {floats.mean():.2f}, pixels within 0.50 of the floats'")
print(f"seen:     a mean of {integers.mean():.2f}, pixels up to {np.abs(integers - floats).max():.2f} away")
if integers.mean() - floats.mean() > -0.3:
    raise SystemExit("the behaviour has changed")
PYTHON
