"""Distort photos into two labelled datasets, in the manner of KADID-10k.

Two folders are written, in the layout that the `folder` adapter reads:

- `single/`: every photo as it is, and every photo under every family at every severity;
- `mixed/`: photos under random chains of two or three distortions; those that test, and as many
  chains of those that train as the settings ask for.

Nobody has rated these images; their label is the proxy score of
`smartiqa.data.synthetic.proxy_scores`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.random import Generator, default_rng
from PIL import Image
from tqdm import tqdm

from smartiqa.config.experiment import Synthesis
from smartiqa.core.errors import InputError
from smartiqa.core.files import UNFINISHED
from smartiqa.data.fetch.checksums import write_checksums
from smartiqa.data.store.decode import decode_rgb
from smartiqa.data.synthetic.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.synthetic.photos import LIST, listed_photos
from smartiqa.data.synthetic.proxy_scores import proxy_scores
from smartiqa.machine.process import end_with_parent

Row = dict[str, object]
Distorted = tuple[str, str, int, Pixels]  # name, family, severity, image

PARTS = ("single", "mixed")
PRISTINE = "none"
CHAIN_LENGTHS = (2, 3)


def load_photo(path: Path, long_side: int) -> Pixels:
    """Decode a photo and shrink it so that its long side has `long_side` pixels."""
    image = Image.fromarray(_decoded(path))
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return np.asarray(image)


@lru_cache(maxsize=32)
def _decoded(path: Path) -> Pixels:
    return decode_rgb(path)


def single_distortions(photo: Pixels, generator: Generator) -> Iterator[Distorted]:
    """Yield name, family, severity and pixels of the photo itself and all its distortions."""
    yield "00_0", PRISTINE, 0, photo
    for number, (family, distort) in enumerate(FAMILIES.items(), start=1):
        for severity in SEVERITIES:
            yield f"{number:02d}_{severity}", family, severity, distort(photo, severity, generator)


def mixed_distortions(photo: Pixels, generator: Generator, count: int) -> Iterator[Distorted]:
    """Yield `count` random chains of different families at mild to severe settings."""
    names = list(FAMILIES)
    for number in range(count):
        length = int(generator.choice(CHAIN_LENGTHS))
        chain = generator.choice(len(names), size=length, replace=False)
        pixels = photo
        for family in chain:
            severity = int(generator.choice(SEVERITIES[:4]))
            pixels = FAMILIES[names[family]](pixels, severity, generator)
        yield f"mix_{number:03d}", " + ".join(names[k] for k in chain), length, pixels


def synthesise(settings: Synthesis, output: Path, workers: int) -> None:
    """Write both datasets below `output`; they appear complete or not at all.

    Raises:
        InputError: `manifest.csv` or a photo is missing or broken, or a photo named for validation
            or test is not in the manifest.
    """
    photos = [(name, split) for name, split in photo_splits(settings).items()]
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=UNFINISHED) as folder:
        distort = partial(_distort_photo, settings, Path(folder))
        spawned = get_context("spawn")
        with ProcessPoolExecutor(workers, spawned, initializer=end_with_parent) as pool:
            done = pool.map(distort, range(len(photos)), *zip(*photos, strict=True))
            rows = list(
                tqdm(done, total=len(photos), desc="distorting", unit="photo", disable=None)
            )
        for part in PARTS:
            table = pd.DataFrame([row for photo in rows for row in photo[part]])
            table.to_csv(Path(folder, part, "labels.csv"), index=False)
            write_checksums(Path(folder, part))
            for old in (part, f"{part}.damaged"):
                shutil.rmtree(output / old, ignore_errors=True)
            Path(folder, part).rename(output / part)


def _distort_photo(
    settings: Synthesis, folder: Path, number: int, name: str, split: str
) -> dict[str, list[Row]]:
    torch.set_num_threads(1)  # the order of summation is part of the result
    photo = load_photo(settings.photos / f"{name}.jpg", settings.long_side)
    # A stream of its own for each photo and set: adding a photo at the end changes no other.
    single, mixed = (default_rng([settings.seed, number, part]) for part in range(len(PARTS)))
    chains = mixed_distortions(photo, mixed, mixtures_of(settings, split))
    return {
        "single": _write_images(
            folder / "single", name, photo, single_distortions(photo, single), split
        ),
        "mixed": _write_images(folder / "mixed", name, photo, chains, split),
    }


def mixtures_of(settings: Synthesis, split: str) -> int:
    """How many chains of distortions each photo of a split is put under."""
    return {"test": settings.mixtures, "train": settings.training_mixtures}.get(split, 0)


def photo_splits(settings: Synthesis) -> dict[str, str]:
    """The split that each photo of `manifest.csv` belongs to, in the manifest's order.

    Raises:
        InputError: the manifest is missing, or lacks a photo that the settings name.
    """
    splits = {Path(file).stem: "train" for file in listed_photos(settings)["file"]}
    chosen = {"validation": settings.validation_photos, "test": settings.test_photos}
    for split, names in chosen.items():
        for name in names:
            if name not in splits:
                raise InputError(f"{settings.photos / LIST} has no photo called {name}")
            splits[name] = split
    return splits


def images_by_split(settings: Synthesis, part: str) -> dict[str, int]:
    """Count the images that each split of `single` or of `mixed` will have.

    Raises:
        InputError: the photos' manifest is missing, or lacks a photo that the settings name.
    """
    splits = list(photo_splits(settings).values())
    each = dict.fromkeys(splits, 1 + len(FAMILIES) * len(SEVERITIES))  # and the photo itself
    if part == "mixed":
        each = {split: mixtures_of(settings, split) for split in each}
    return {split: splits.count(split) * images for split, images in each.items() if images}


def _write_images(
    folder: Path,
    reference: str,
    photo: Pixels,
    distorted: Iterable[Distorted],
    split: str,
) -> list[Row]:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for name, family, severity, pixels in distorted:
        file = f"images/{reference}_{name}.png"
        Image.fromarray(pixels).save(folder / file, compress_level=1)
        rows.append(
            {
                "image": file,
                "score": round(float(proxy_scores(photo[None], pixels[None])[0]), 4),
                "split": split,
                "reference": reference,
                "distortion": family,
                "level": severity,
            }
        )
    return rows
