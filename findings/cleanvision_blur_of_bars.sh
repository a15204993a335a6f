#!/bin/sh
# CleanVision 0.3.7: with black bars a photo blurred by 64 pixels counts as sharper than a sharp one.
#
# Expected by most: its check for blur sees that nothing is left of a photo, bars or not.
# Seen: sharpness is the deviation of the Laplacian and of the grey levels of the photo reduced to 64 pixels, and the
# edges of two bars have much of both: .72 for .29, where a sharp photo has .50 and .29 is the limit. Frames
# with bars, framed photos and pictures on white pass, however blurred. A blur of 8 of 960 pixels passes in any case.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 pillow==13.0.0 \
  imagehash==4.3.2 cleanvision==0.3.7
mkdir "$folder/photos"
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import contextlib
import io
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cleanvision import Imagelab
from PIL import Image
from scipy.ndimage import gaussian_filter

WIDTH, HEIGHT, BAR = 960, 640, 80
draw = np.random.default_rng(0)
frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(WIDTH) * WIDTH, np.fft.fftfreq(HEIGHT) * HEIGHT))
frequency[0, 0] = 1
scene = np.real(np.fft.ifft2(np.fft.fft2(draw.normal(size=(HEIGHT, WIDTH))) / frequency**1.1))  # as in photos
scene = 128 + 45 * (scene - scene.mean()) / scene.std()
for sigma in (0, 8, 64):
    photo = np.clip(np.rint(gaussian_filter(scene, sigma) if sigma else scene), 0, 255).astype(np.uint8)
    Image.fromarray(photo).convert("RGB").save(f"photos/{sigma}.png")
    photo[:BAR] = photo[-BAR:] = 0
    Image.fromarray(photo).convert("RGB").save(f"photos/{sigma} with bars.png")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    lab = Imagelab(data_path="photos")
    lab.find_issues({"blurry": {}})
scores = {Path(path).stem: row.blurry_score for path, row in lab.issues.iterrows()}
found = {Path(path).stem for path, row in lab.issues.iterrows() if row.is_blurry_issue}
print("CleanVision", version("cleanvision"), "; its score of sharpness, of photos by the sigma of their blur")
print(f"sharp: {scores['0']:.2f}, with bars {scores['0 with bars']:.2f}")
for sigma in (8, 64):
    alone, barred = scores[f"{sigma}"], scores[f"{sigma} with bars"]
    print(f"{sigma}: {alone:.3f} alone; with bars, expected: less than {scores['0']:.2f}  seen: {barred:.2f}")
print("found:", ", ".join(sorted(found)))
if found != {"64"} or scores["64 with bars"] < scores["0"] + 0.1:
    raise SystemExit("the behaviour has changed")
PYTHON
