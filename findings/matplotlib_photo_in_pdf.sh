#!/bin/sh
# Matplotlib 3.11.2: a photo in a PDF figure is not the photo.
#
# Expected by most: PDF is a vector format, so `imshow` puts the photo's own pixels in it, as LaTeX's
# \includegraphics does, and the viewer scales them.
# Seen: the photo is resampled to the size of its axes at the figure's dots an inch (100): of 1024x768
# pixels 226x170 are kept in a panel of a column's width. What a paper shows of noise, blur and blocks is
# what is left of them. `interpolation="none"` keeps the pixels; "nearest" does not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 matplotlib==3.11.2 pypdf==7.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import matplotlib
import numpy as np
import pypdf
from matplotlib.figure import Figure

photo = np.random.default_rng(0).integers(0, 256, (768, 1024, 3)).astype(np.uint8)
seen = {}
for interpolation in (None, "nearest", "none"):
    figure = Figure(figsize=(3, 2.2))
    axes = figure.subplots()
    axes.imshow(photo, interpolation=interpolation)
    axes.axis("off")
    figure.savefig("figure.pdf")
    seen[interpolation] = pypdf.PdfReader("figure.pdf").pages[0].images[0].image.size
print(f"Matplotlib {matplotlib.__version__}, pixels in the PDF of a photo of 1024x768")
print("expected: (1024, 768)")
for interpolation, size in seen.items():
    print(f"seen:     {size}, interpolation {interpolation}")
if seen["none"] != (1024, 768) or seen[None][0] > 300 or seen["nearest"] != seen[None]:
    raise SystemExit("the behaviour has changed")
PYTHON
