#!/bin/sh
# aiocache 0.12.3, cashews 7.6.0, percache 0.4.4: photos with a black frame have one score.
#
# Expected by most: a decorator that caches results by their arguments tells two arrays apart by what is in them, or
# refuses them as `functools.lru_cache` does.
# Seen: the key is the text of the arguments, and NumPy prints the three outermost rows and columns of a large array
# only: two photos with a black frame, or screenshots with one border, are one, and the second gets the score of the
# first. So do tables from 61 rows on whose first and last five rows are equal. Without a frame each has its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 pandas==3.1.1 aiocache==0.12.3 cashews==7.6.0 \
    percache==0.4.4
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import asyncio
from importlib.metadata import version

import aiocache
import cashews
import numpy as np
import pandas as pd
import percache

FRAME = 4
draw = np.random.default_rng(0)


def photo(frame):
    pixels = draw.integers(0, 256, (64, 96, 3), np.uint8)
    inside = pixels[frame : 64 - frame, frame : 96 - frame]
    return np.pad(inside, ((frame, frame), (frame, frame), (0, 0)))


def table(opinion):
    return pd.DataFrame({"mos": [1.0] * 5 + [opinion] * 90 + [5.0] * 5})


def brightness(values):
    return float(np.asarray(values, dtype=float).mean())


async def awaited(values):
    return brightness(values)


cashews.cache.setup("mem://")
by_aiocache, by_cashews = aiocache.cached()(awaited), cashews.cache(ttl="1h")(awaited)
by_percache = percache.Cache("kept")(brightness)


async def all_means(pair):
    return {
        "aiocache": [await by_aiocache(values) for values in pair],
        "cashews": [await by_cashews(values) for values in pair],
        "percache": [by_percache(values) for values in pair],
    }


pairs = {
    "photos": [photo(0), photo(0)],
    "photos with a black frame": [photo(FRAME), photo(FRAME)],
    "tables with equal ends": [table(2.0), table(4.0)],
}


async def main():
    return {name: await all_means(pair) for name, pair in pairs.items()}


right = {}
for name, seen in asyncio.run(main()).items():
    expected = [brightness(values) for values in pairs[name]]
    print(f"means of two {name}: expected: {expected[0]:.2f} and {expected[1]:.2f}")
    for library, (first, second) in seen.items():
        right[name, library] = second == expected[1]
        print(f"  seen: {first:.2f} and {second:.2f} ({library} {version(library)})")
if any(is_right != (name == "photos") for (name, _), is_right in right.items()):
    raise SystemExit("the behaviour has changed")
PYTHON
