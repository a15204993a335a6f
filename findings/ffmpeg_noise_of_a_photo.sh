#!/bin/sh
# imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2): noise of strength 20 has a deviation of 11.3, and few numbers of its own.
#
# Expected by most: the filter "noise=alls=20" adds noise of 20 levels, drawn for each pixel; "u" makes it uniform and
# keeps its size. The manual tells of a strength from 0 to 100, and of nothing else.
# Seen: the deviation is 20 / sqrt(3), and half of that if uniform. All rows are cut out of one line of noise at 1024
# places: 540 of 768 rows differ, and 786,000 pixels hold 2040 runs of eight pixels where nearly all should be
# new. A model that learns from such photos, and a denoiser that looks for patches that repeat, meet a pattern that no
# camera makes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 imageio-ffmpeg==0.8.1
cd "$folder"
venv/bin/python -W error - <<'PYTHON'
import subprocess

import imageio_ffmpeg
import numpy as np

HEIGHT, WIDTH, GREY = 768, 1024, 128
PICTURE = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}"]
program = imageio_ffmpeg.get_ffmpeg_exe()


def noise(options):
    photo = np.full((HEIGHT, WIDTH), GREY, np.uint8)
    command = [program, "-v", "error", *PICTURE, "-i", "-", "-vf", f"noise={options}", *PICTURE, "-"]
    noisy = subprocess.run(command, input=photo.tobytes(), stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(noisy, np.uint8).reshape(HEIGHT, WIDTH).astype(float) - GREY


def counts(added):
    runs = np.lib.stride_tricks.sliding_window_view(added, 8, axis=1).reshape(-1, 8)
    return len(np.unique(added, axis=0)), len(np.unique(runs, axis=0))


peer = np.random.default_rng(0).normal(0, 20 / np.sqrt(3), (HEIGHT, WIDTH)).round()
seen = {strength: (noise(f"alls={strength}"), noise(f"alls={strength}:allf=u")) for strength in (10, 20, 40)}
print(f"FFmpeg {imageio_ffmpeg.get_ffmpeg_version()}")
for strength, (gaussian, uniform) in seen.items():
    print(f"strength {strength}; expected: {strength} levels  seen: {gaussian.std():.1f}, uniform {uniform.std():.1f}")
rows, runs = counts(seen[20][0])
print("expected: {} different rows, {} runs of eight pixels".format(*counts(peer)))
print(f"seen:     {rows} different rows, {runs} runs of eight pixels")
sizes = all(abs(g.std() - s / 3**0.5) < 0.5 and abs(u.std() - s / 12**0.5) < 0.5 for s, (g, u) in seen.items())
if not sizes or rows > 0.8 * HEIGHT or runs > 6000:
    raise SystemExit("the behaviour has changed")
PYTHON
