#!/bin/sh
# datasets 5.2.0: a `map` that looks at a JPEG photo and adds its mean compresses the photo anew, at quality 75.
#
# Expected by most: a column that the function of `map` does not return is left as it was, bytes and all.
# Seen: an image that the function has read is written again, in the format it came in, at Pillow's default quality. It
# happens to JPEG photos that lie in the table as bytes, as those of the hub's Parquet files do; not to PNG, to photos
# that are paths, or if only other columns are read. Photos of quality 85 and 95 come out below those of 75, and each
# further `map` takes more. `cast_column("image", Image(decode=False))` before, and opening the bytes, keeps them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile datasets==5.2.0 pillow==13.0.0 pyarrow==26.0.1 \
  numpy==2.4.6 scipy==1.17.1
cd "$folder"
HF_HOME="$folder/cache" HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
from pathlib import Path

import datasets
import numpy as np
import PIL
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from scipy.ndimage import gaussian_filter

datasets.disable_progress_bars()
draw = np.random.default_rng(0)
plane = gaussian_filter(draw.normal(size=(240, 320, 3)), (3, 3, 0))
levels = 128 + 40 * plane / plane.std() + draw.normal(0, 5, (240, 320, 1))
scene = np.clip(levels, 0, 255).round().astype(np.uint8)
files = []
for name, quality in (("75.jpg", 75), ("85.jpg", 85), ("95.jpg", 95), ("0.png", None)):
    Image.fromarray(scene).save(name, quality=quality)
    files.append({"bytes": Path(name).read_bytes(), "path": name})
    Path(name).unlink()
pq.write_table(pa.table({"image": files}), "photos.parquet")
table = datasets.load_dataset("parquet", data_files="photos.parquet", split="train")
table = table.cast_column("image", datasets.Image())


def brightness(photo):
    return {"brightness": float(np.asarray(photo["image"]).mean())}


def number(photo, row):
    return {"row": row}


def from_scene(rows):
    """The PSNR of each photo to the uncompressed scene, in dB."""
    errors = [np.mean((np.asarray(row["image"]) - scene.astype(float)) ** 2) for row in rows]
    return [round(float(10 * np.log10(255**2 / error)), 1) if error else np.inf for error in errors]


once = table.map(brightness)
twice = once.map(brightness)
print(f"datasets {datasets.__version__}, Pillow {PIL.__version__}")
print("PSNR to the scene of JPEG photos of quality 75, 85 and 95 and of a PNG photo, in dB")
before, seen = from_scene(table), [from_scene(rows) for rows in (table.map(number, with_indices=True), once, twice)]
names = "a map that numbers rows", "a map that returns the mean of each photo", "another one"
for name, values in zip(names, seen, strict=True):
    print(f"expected: {before}  seen: {values} ({name})")
if seen[0] != before or seen[1][3] != np.inf or before[2] < 35 or seen[1][2] > seen[1][0]:
    raise SystemExit("the behaviour has changed")
PYTHON
