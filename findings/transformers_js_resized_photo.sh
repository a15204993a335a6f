#!/bin/sh
# @huggingface/transformers 4.3.2, sharp 0.35.5 (npm), Pillow 13.0.0: a photo that is made smaller is not filtered.
#
# Expected by most: a model of the hub sees the same photo in Node.js as in Python: what its configuration calls
# `resample` 2 or 3 is Pillow's bilinear or bicubic filter, over all pixels that become one (a comment in the code
# says so too).
# Seen: every pixel of the small photo is read at a point. At a quarter of the width both filters give the nearest
# pixel, bit by bit: noise of 15 levels stays 15 where Pillow leaves 2, and the photo is 25 dB from Pillow's. From 1000
# to 224 pixels 10 and 12 levels are left. Lanczos (1), which takes another way through sharp, agrees with Pillow.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pillow==13.0.0
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @huggingface/transformers@4.3.2 \
    sharp@0.35.5 >/dev/null
cat >photo.py <<'PYTHON'
import numpy as np

draw = np.random.default_rng(0)
down, across = np.mgrid[:1000, :1000]
smooth = np.stack([128 + 60 * np.sin((down + turn * across) / 160) for turn in (1, 2, 3)], axis=-1)
photo = np.clip(smooth + draw.normal(0, 15, smooth.shape), 0, 255).round().astype(np.uint8)
photo.tofile("photo.raw")
PYTHON
cat >resize.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
import { RawImage } from "@huggingface/transformers";

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
console.log(["@huggingface/transformers", "sharp"].map((name) => `${name} ${version(name)}`).join(", "));
const photo = new RawImage(new Uint8ClampedArray(readFileSync("photo.raw")), 1000, 1000, 3);
for (const size of [250, 224])
  for (const resample of [0, 1, 2, 3])
    writeFileSync(`${size}-${resample}.raw`, (await photo.resize(size, size, { resample })).data);
JS
cat >compare.py <<'PYTHON'
import numpy as np
import PIL
from PIL import Image

FILTERS = {"lanczos": 1, "bilinear": 2, "bicubic": 3}
photo = Image.fromarray(np.fromfile("photo.raw", np.uint8).reshape(1000, 1000, 3))


def by_node(size, resample):
    return np.fromfile(f"{size}-{resample}.raw", np.uint8).reshape(size, size, 3).astype(float)


def noise(pixels):
    bends = pixels[:, 2:] - 2 * pixels[:, 1:-1] + pixels[:, :-2]
    return float(np.median(np.abs(bends)) / 0.6745 / 6**0.5)


print(f"Pillow {PIL.__version__}")
print("expected: the noise of Pillow, more than 35 dB from its pixels")
seen = {}
for size in (250, 224):
    for name, resample in FILTERS.items():
        ours, theirs = np.asarray(photo.resize((size, size), resample)).astype(float), by_node(size, resample)
        apart = float(10 * np.log10(255**2 / np.mean((ours - theirs) ** 2)))
        seen[size, name] = apart
        print(f"seen:     {apart:.1f} dB, noise of {noise(theirs):.1f} levels for {noise(ours):.1f} ({size}, {name})")
nearest = by_node(250, 0)
same = all(np.array_equal(by_node(250, resample), nearest) for resample in (2, 3))
print(f"expected: False  seen: {same} (a quarter of the width: both filters take the nearest pixel)")
far = all(seen[size, name] < 30 for size in (250, 224) for name in ("bilinear", "bicubic"))
if not far or not same or seen[250, "lanczos"] < 35:
    raise SystemExit("the behaviour has changed")
PYTHON
venv/bin/python photo.py
node resize.mjs
venv/bin/python compare.py
