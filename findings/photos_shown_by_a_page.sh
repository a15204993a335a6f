#!/bin/sh
# Gradio 6.31.0, Streamlit 1.67.0: an undistorted photo is shown in a page worse than its JPEG of quality 95.
#
# Expected by most: a page shows the pixels that it was given, of an array or a PNG file without loss.
# Seen: Gradio's components of images write arrays and Pillow images as WebP, at Pillow's default quality, also those
# opened from a PNG file. Streamlit's `st.image` writes an array as JPEG of quality 100 with a quarter of the colours, a
# PNG file without transparency as JPEG of quality 90, and hands JPEG files on as they are: the reference is shown at
# 33.9 dB beside its JPEG of quality 95 at 36.7. Give `format="png"` to the one, `output_format="PNG"` to the other.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile gradio==6.31.0 streamlit==1.67.0 pillow==12.3.0 numpy==2.4.6 \
  scipy==1.17.1
cd "$folder"
cat > app.py <<'APP'
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime import get_instance

st.image(np.asarray(Image.open("reference.png")))
st.image("reference.png")
st.image("quality95.jpg")
for number, name in enumerate(get_instance().media_file_mgr._storage._files_by_id.values()):
    Path(f"shown{number}").write_bytes(name.content)
APP
HF_HUB_OFFLINE=1 GRADIO_ANALYTICS_ENABLED=False GRADIO_TEMP_DIR="$folder/shown" venv/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import gradio
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from streamlit.testing.v1 import AppTest

draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(240, 320, 3)), (3, 3, 0))
levels = 128 + 40 * plane / plane.std() + draw.normal(0, 5, (240, 320, 1))
scene = np.clip(levels, 0, 255).round().astype(np.uint8)
Image.fromarray(scene).save("reference.png")
Image.fromarray(scene).save("quality95.jpg", quality=95)


def from_scene(path):
    """The PSNR of a file to the scene, in dB, and its format."""
    file = Image.open(path)
    error = np.mean((np.asarray(file.convert("RGB")) - scene.astype(float)) ** 2)
    return (round(float(10 * np.log10(255**2 / error)), 1) if error else np.inf), file.format


component = gradio.Image()
gradio_shows = [component.postprocess(photo).path for photo in (scene, Image.open("reference.png"))]
page = AppTest.from_file("app.py").run()
assert not page.exception, page.exception
print(", ".join(f"{name} {version(name)}" for name in ("gradio", "streamlit", "pillow")))
jpeg = from_scene("quality95.jpg")
seen = {
    "Gradio, array": from_scene(gradio_shows[0]),
    "Gradio, opened PNG": from_scene(gradio_shows[1]),
    "Streamlit, array": from_scene("shown0"),
    "Streamlit, PNG file": from_scene("shown1"),
    "Streamlit, JPEG file of quality 95": from_scene("shown2"),
}
for name, (value, kind) in seen.items():
    print(f"expected: {jpeg[0] if 'JPEG' in name else 'inf'} dB  seen: {value} dB, {kind} ({name})")
array, opened, array_too, file, distorted = (value for value, _ in seen.values())
if distorted != jpeg[0] or max(array, opened, file) > jpeg[0] - 2 or array_too > 45:
    raise SystemExit("the behaviour has changed")
PYTHON
