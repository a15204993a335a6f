#!/bin/sh
# Pillow 13.0.0, OpenCV 5.0.0, imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2): one PFM file, and values 255 times as large.
#
# Expected by most: a PFM file holds floats, which all readers give as they are, or times the scale of its header, which
# the format calls the unit of its samples.
# Seen: Pillow gives them as they are; OpenCV and FFmpeg divide by the scale, so that a map of .5 to 5 in units of 1/255
# is 127 to 1275, and one in units of 100 cd/m2 is .005 to .05. None of them multiplies. They agree at a scale of 1 or
# -1, as Pillow and OpenCV write it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 \
    imageio-ffmpeg==0.8.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import subprocess

import cv2
import imageio_ffmpeg
import numpy as np
import PIL
from PIL import Image

MAP = np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]], np.float32)


def of_ffmpeg(path):
    floats = ["-f", "rawvideo", "-pix_fmt", "grayf32le", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, *floats]
    return np.frombuffer(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout, "<f4").reshape(MAP.shape)


readers = {
    "Pillow": lambda path: np.asarray(Image.open(path)),
    "OpenCV": lambda path: cv2.imread(path, cv2.IMREAD_UNCHANGED),
    "FFmpeg": of_ffmpeg,
}
print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}, FFmpeg {imageio_ffmpeg.get_ffmpeg_version()}")
seen = {}
for scale in ("-1.0", "-0.003922", "-100.0"):
    with open("map.pfm", "wb") as file:  # rows from the bottom up; a scale below 0 tells of little-endian floats
        file.write(f"Pf\n3 2\n{scale}\n".encode() + MAP[::-1].astype("<f4").tobytes())
    print(f"scale {scale}; expected: {MAP[0, 0]} to {MAP[1, 2]}, or {-float(scale)} times that, by all")
    for name, reader in readers.items():
        values = reader("map.pfm")
        seen[name, scale] = float(values[1, 2]) / 5
        print(f"    seen: {values[0, 0]:.4g} to {values[1, 2]:.4g} ({name})")
for (name, scale), factor in seen.items():
    if not np.isclose(factor, 1 if name == "Pillow" else -1 / float(scale)):
        raise SystemExit("the behaviour has changed")
PYTHON
