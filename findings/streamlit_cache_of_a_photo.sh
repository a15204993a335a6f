#!/bin/sh
# Streamlit 1.67.0: a score that was corrected, or a dot in a photo, is not seen by `cache_data`.
#
# Expected by most: `cache_data` gives a cached result back for equal arguments only; for others it computes anew.
# Seen: of arrays from 500,000 values on, and tables from 50,000 rows on, it looks at a sample: 100,000 values, 10,000
# rows. A photo of 1080 x 1920 with a dot of 3 x 3 white pixels gets the result of the photo without it at 72 % of the
# places, one of 300 x 400 never; of 60,000 opinions 77 % can be corrected without an effect on a mean, of 40,000 none.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 streamlit==1.67.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import logging

import numpy as np
import pandas as pd
import streamlit

logging.disable(logging.CRITICAL)  # that it runs without a browser
PLACES = 60


@streamlit.cache_data(show_spinner=False)
def brightest(photo):
    return int(photo.max())


@streamlit.cache_data(show_spinner=False)
def mean_opinion(table):
    return float(table["mos"].mean())


print("Streamlit", streamlit.__version__)
draw = np.random.default_rng(0)
seen = {}
for height, width in ((300, 400), (1080, 1920)):
    photo = draw.integers(0, 200, (height, width, 3), np.uint8)
    before, missed = brightest(photo), 0
    for y, x in zip(draw.integers(0, height - 3, PLACES), draw.integers(0, width - 3, PLACES)):
        dotted = photo.copy()
        dotted[y : y + 3, x : x + 3] = 255
        missed += brightest(dotted) == before
    seen[height] = missed / PLACES
    print(f"expected: 255 for a photo of {height} x {width} with a white dot at any place")
    print(f"seen:     {before}, as without it, at {seen[height]:.0%} of the places")
for rows in (40_000, 60_000):
    table = pd.DataFrame({"mos": draw.uniform(1, 5, rows)})
    before, missed = mean_opinion(table), 0
    for row in draw.integers(0, rows, PLACES):
        corrected = table.copy()
        corrected.loc[row, "mos"] += 1000
        missed += mean_opinion(corrected) == before
    seen[rows] = missed / PLACES
    print(f"expected: another mean of {rows} opinions when one is corrected")
    print(f"seen:     the old one for {seen[rows]:.0%} of them")
if seen[300] or seen[40_000] or seen[1080] < 0.3 or seen[60_000] < 0.5:
    raise SystemExit("the behaviour has changed")
PYTHON
