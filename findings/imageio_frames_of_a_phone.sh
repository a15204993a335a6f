#!/bin/sh
# imageio 2.38.1 with imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2), PyAV 18.1.0, OpenCV 5.0.0: a clip of 60 frames has 81.
#
# Expected by most: whoever reads a video frame by frame gets the frames that are in it, as OpenCV and PyAV give them.
# Seen: where a phone took fewer frames in the dark (a variable rate), FFmpeg behind imageio, which it takes by itself
# where both are there, repeats frames until the mean rate is even. Compared frame by frame with a copy that was
# encoded at one rate, the clip is at 19 dB for 34: from the first slow frame on others are compared.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 \
    opencv-python-headless==5.0.0.93
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import subprocess
from importlib.metadata import version

import cv2
import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np

WIDTH, HEIGHT, FRAMES = 160, 120, 60
DARK = "if(lt(N,20),N,if(lt(N,40),20+(N-20)*2,60+(N-40)))/30/TB"  # a third of the clip at half the rate
draw = np.random.default_rng(0)
texture = draw.integers(-20, 21, (HEIGHT, WIDTH))
frames = np.stack([40 + 3 * number + texture for number in range(FRAMES)]).astype(np.uint8)


def write(path, loss, *options):
    raw = f"-y -v error -f rawvideo -pix_fmt gray -s {WIDTH}x{HEIGHT} -framerate 30 -i -".split()
    code = f"-pix_fmt yuv420p -c:v libx264 -qp {loss}".split()
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *raw, *options, *code, path], input=frames.tobytes(), check=True)


def by_opencv(path):
    video = cv2.VideoCapture(path)
    while (read := video.read())[0]:
        yield read[1]


READERS = {
    "OpenCV": by_opencv,
    "imageio, pyav": lambda path: iio.imiter(path, plugin="pyav"),
    "imageio, FFMPEG": iio.imiter,
}
write("phone.mp4", 10, "-vf", f"setpts='{DARK}'", "-fps_mode", "vfr")
write("copy.mp4", 30)
names = ("imageio", "imageio-ffmpeg", "av", "opencv-python-headless")
print(", ".join(f"{name} {version(name)}" for name in names))
print(f"expected: {FRAMES} frames, the copy at one rate more than 30 dB from them")
seen = {}
for name, read in READERS.items():
    clips = ([frame[..., 1].astype(float) for frame in read(path)] for path in ("phone.mp4", "copy.mp4"))
    phone, copy = (np.stack(clip) for clip in clips)
    pairs = min(len(phone), len(copy))
    apart = float(10 * np.log10(255**2 / np.mean((phone[:pairs] - copy[:pairs]) ** 2)))
    seen[name] = len(phone), apart
    print(f"seen:     {len(phone)} frames, {apart:.1f} dB ({name})")
steady = all(seen[name][0] == FRAMES and seen[name][1] > 30 for name in ("OpenCV", "imageio, pyav"))
if not steady or seen["imageio, FFMPEG"][0] == FRAMES or seen["imageio, FFMPEG"][1] > 25:
    raise SystemExit("the behaviour has changed")
PYTHON
