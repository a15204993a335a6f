#!/bin/sh
# imageio 2.38.1 with PyAV 18.1.0, OpenCV 5.0.0: frames 0 to 40 of a transport stream are all its first one.
#
# Expected by most: frame 20 of a video is its twenty-first, in any container: a stream that is packed into .ts, as
# broadcasts and the segments of web players are, has the frames that it has in .mp4.
# Seen: a transport stream starts at 1.4 seconds, and the time of a frame is counted from 0. `imread` of imageio gives
# the first frame for each of the first 43; OpenCV, told to go to frame 0 or 10, starts at the next whole picture, 12
# or 13 (right for a stream without B-frames). All of them read one after another are right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 \
    opencv-python-headless==5.0.0.93
cd "$folder"
OPENCV_FFMPEG_LOGLEVEL=-8 venv/bin/python -W ignore - <<'PYTHON'
import subprocess
from importlib.metadata import version

import cv2
import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np

WIDTH, HEIGHT, FRAMES = 160, 120, 60
NUMBERS = range(0, FRAMES, 10)
ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error"]
steps = np.stack([np.full((HEIGHT, WIDTH), 20 + 3 * number, np.uint8) for number in range(FRAMES)])
raw = f"-f rawvideo -pix_fmt gray -s {WIDTH}x{HEIGHT} -framerate 30 -i - -pix_fmt yuv420p".split()
subprocess.run([*ffmpeg, *raw, *"-c:v libx264 -qp 5 -g 12 clip.mp4".split()], input=steps.tobytes(), check=True)
subprocess.run([*ffmpeg, *"-i clip.mp4 -c copy clip.ts".split()], check=True)


def shown(pixels):
    """The number of the frame, by its grey."""
    return round((float(pixels.mean()) - 20) / 3)


def one_by_one(path):
    frames = list(iio.imiter(path, plugin="pyav"))
    return [shown(frames[number]) for number in NUMBERS]


def by_imageio(path):
    return [shown(iio.imread(path, plugin="pyav", index=number)) for number in NUMBERS]


def by_opencv(path):
    video = cv2.VideoCapture(path)
    seen = []
    for number in NUMBERS:
        video.set(cv2.CAP_PROP_POS_FRAMES, number)
        there, pixels = video.read()
        seen.append(shown(pixels) if there else None)
    return seen


names = ("imageio", "av", "opencv-python-headless", "imageio-ffmpeg")
print(", ".join(f"{name} {version(name)}" for name in names))
print(f"expected: {list(NUMBERS)} (frames asked for)")
seen = {}
for path in ("clip.mp4", "clip.ts"):
    for read in (one_by_one, by_imageio, by_opencv):
        seen[path, read] = read(path)
        print(f"seen:     {seen[path, read]} ({path}, {read.__name__.replace('_', ' ')})")
imageio, opencv = seen["clip.ts", by_imageio], seen["clip.ts", by_opencv]
mp4 = [seen["clip.mp4", read] for read in (one_by_one, by_imageio, by_opencv)]
steady = all(numbers == list(NUMBERS) for numbers in (*mp4, seen["clip.ts", one_by_one]))
if not steady or imageio[:5] != [0] * 5 or opencv[0] == 0:
    raise SystemExit("the behaviour has changed")
PYTHON
