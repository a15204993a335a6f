"""Crops a second, from the stored image to the normalised batch of floats."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.materials import CPU, built_store, experiment_of, write_photos
from benchmarks.options import Options
from benchmarks.published_way import SIZE, published_batch
from benchmarks.report import Goal, Line
from benchmarks.timing import quotient, spread, take_turns
from smartiqa.config.experiment import Experiment
from smartiqa.data.crop_positions import random_positions
from smartiqa.data.crops import crop_batches, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.training.batches import planned_crops

PHOTOS, IMAGES = 16, 512  # a store of 300 MB, which no cache holds
OURS, PUBLISHED = 4096, 16  # crops a round
BATCH = 32


def measure(options: Options) -> list[Line]:
    """Compare cutting crops out of the pixel store with decoding the photo for every crop."""
    experiment = experiment_of("SMART-Tiny")
    with tempfile.TemporaryDirectory() as temporary:
        photos = write_photos(Path(temporary, "photos"), PHOTOS)
        store = built_store(photos, IMAGES, Path(temporary, "store"), options.cores)
        seconds = take_turns(
            {
                "ours": lambda: cut_and_normalise(store, experiment, OURS),
                "published": lambda: decode_every_crop(photos, experiment, PUBLISHED),
            },
            options.rounds,
        )
        kilobytes = photos[0].stat().st_size / 1000
    ours, published = (
        spread([count / value for value in seconds[way]])
        for way, count in (("ours", OURS), ("published", PUBLISHED))
    )
    scaled = [value * OURS / PUBLISHED for value in seconds["published"]]
    return [
        Line(
            "data path: crops a second, ours by published",
            quotient(scaled, seconds["ours"]),
            options.rounds,
            f"{ours.median:,.0f} by {published.median:,.0f} crops/s; "
            f"1024x768 JPEG of {kilobytes:.0f} kB to a normalised 224-pixel crop, one process",
            goal=Goal(">=", 100),
        )
    ]


def cut_and_normalise(store: PixelStore, experiment: Experiment, count: int) -> None:
    """Make `count` normalised crops as the training loop does."""
    generator = np.random.default_rng(0)
    rows = generator.integers(0, len(store), count)
    plan = planned_crops(store, rows, experiment.crop, generator, flip=True)
    for batch in crop_batches(store, plan, BATCH):
        normalise(batch, experiment.backbone.mean, experiment.backbone.std, CPU)


def decode_every_crop(photos: list[Path], experiment: Experiment, count: int) -> None:
    """Make `count` normalised crops the published way, in one batch."""
    generator = np.random.default_rng(0)
    tops, lefts = random_positions(np.tile(SIZE, (count, 1)), experiment.crop, generator)
    published_batch(
        [photos[number % len(photos)] for number in range(count)],
        list(zip(tops.tolist(), lefts.tolist(), strict=True)),
        (generator.random(count) < 0.5).tolist(),
        experiment.crop,
        experiment.backbone.mean,
        experiment.backbone.std,
    )
