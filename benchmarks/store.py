"""Building a pixel store, beside decoding and resizing the same photos and no more."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.materials import SQUASH, manifest_of, write_photos
from benchmarks.options import Options
from benchmarks.published_way import SIZE
from benchmarks.report import Goal, Line
from benchmarks.timing import quotient, spread, take_turns
from smartiqa.data.store.building import build_store

PHOTOS, IMAGES = 16, 192
KONIQ = 10_073


def measure(options: Options) -> list[Line]:
    """Compare `build_store` with bare decoding on as many processes as it has threads."""
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as temporary,
        ProcessPoolExecutor(options.cores, spawn) as pool,
    ):
        photos = write_photos(Path(temporary, "photos"), PHOTOS)
        manifest = manifest_of(photos, IMAGES)
        files = [photos[0].parent / name for name in manifest["file"]]
        shares = [files[worker :: options.cores] for worker in range(options.cores)]
        output = Path(temporary, "store")

        def ours() -> None:
            shutil.rmtree(output, ignore_errors=True)
            build_store(manifest, photos[0].parent, output, SQUASH, options.cores)

        def bare() -> None:
            list(pool.map(decode_and_resize, shares))

        seconds = take_turns({"ours": ours, "bare": bare}, options.rounds)
    rate, bare_rate = (IMAGES / spread(values).median for values in seconds.values())
    return [
        Line(
            "pixel store: speed, ours by bare decoding and resizing",
            quotient(seconds["bare"], seconds["ours"]),
            options.rounds,
            f"{rate:.0f} by {bare_rate:.0f} images/s on {options.cores} cores; ours also verifies "
            "checksums and writes",
            goal=Goal(">=", 0.85),
        ),
        Line(
            f"pixel store: projected for {KONIQ:,} images",
            spread([KONIQ / IMAGES * value / 60 for value in seconds["ours"]]),
            options.rounds,
            "1024x768 JPEG to 512x384",
            unit="min",
        ),
    ]


def decode_and_resize(files: Sequence[Path]) -> None:
    """Decode and resize, and throw the pixels away."""
    height, width = SIZE
    for file in files:
        with Image.open(file) as image:
            np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR))
