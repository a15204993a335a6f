"""Distort photos into two labelled datasets, in the manner of KADID-10k.

`python -m smartiqa.synthesise` writes two folders in the layout that the `folder` adapter reads:

- `single/`: every photo as it is, and every photo under every family at every severity;
- `mixed/`: test photos only, each under random chains of two or three distortions.

Nobody has rated these images. Their label is a *proxy score* from a full-reference measure:

    proxy score = 100 (1 - sqrt(1 - max(SSIM, 0)))

with SSIM (Wang et al., 2004) computed by scikit-image with the authors' Gaussian window on all
colour channels against the undistorted photo. sqrt(1 - SSIM) behaves like a distance (Brunet,
Vrscay and Wang, 2012), so equal steps of the score are about equal steps of distortion.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from PIL import Image
from skimage.metrics import structural_similarity
from tqdm import tqdm

from smartiqa.command_line import run_stage
from smartiqa.data.decode import decode_rgb
from smartiqa.data.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.errors import InputError

PRISTINE = "none"
CHAIN_LENGTHS = (2, 3)


def proxy_score(reference: Pixels, distorted: Pixels) -> float:
    """Score a distorted image against its reference, from 0 to 100 (identical)."""
    similarity = structural_similarity(
        reference,
        distorted,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return 100 * (1 - float(np.sqrt(1 - max(similarity, 0.0))))


def load_photo(path: Path, long_side: int) -> Pixels:
    """Decode a photo and shrink it so that its long side has `long_side` pixels."""
    image = Image.fromarray(decode_rgb(path))
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return np.asarray(image)


def single_distortions(
    photo: Pixels, generator: Generator
) -> Iterator[tuple[str, str, int, Pixels]]:
    """Yield name, family, severity and pixels of the photo itself and all its distortions."""
    yield "00_0", PRISTINE, 0, photo
    for number, (family, distort) in enumerate(FAMILIES.items(), start=1):
        for severity in SEVERITIES:
            yield f"{number:02d}_{severity}", family, severity, distort(photo, severity, generator)


def mixed_distortions(
    photo: Pixels, generator: Generator, count: int
) -> Iterator[tuple[str, str, int, Pixels]]:
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


def synthesise(
    photos: Path,
    output: Path,
    *,
    long_side: int,
    seed: int,
    validation: list[str],
    test: list[str],
    mixtures: int,
) -> None:
    """Write both datasets below `output`; it appears complete or not at all.

    Raises:
        InputError: `photos/manifest.csv` or a photo is missing or broken, or a photo named in
            `validation` or `test` is not in the manifest.
    """
    names = _photo_names(photos, [*validation, *test])
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".synthesise-") as folder:
        single, mixed = Path(folder, "single"), Path(folder, "mixed")
        single_rows: list[dict[str, object]] = []
        mixed_rows: list[dict[str, object]] = []
        for number, name in enumerate(tqdm(names, desc="distorting", unit="photo")):
            photo = load_photo(photos / f"{name}.jpg", long_side)
            # A stream of its own for each photo and set: adding a photo changes no other.
            streams = [default_rng([seed, number, part]) for part in (0, 1)]
            split = "validation" if name in validation else "test" if name in test else "train"
            distorted = single_distortions(photo, streams[0])
            single_rows += _write_images(single, name, photo, distorted, split)
            if name in test:
                chains = mixed_distortions(photo, streams[1], mixtures)
                mixed_rows += _write_images(mixed, name, photo, chains, "test")
        pd.DataFrame(single_rows).to_csv(single / "labels.csv", index=False)
        pd.DataFrame(mixed_rows).to_csv(mixed / "labels.csv", index=False)
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        for part in (single, mixed):
            part.rename(output / part.name)


def _photo_names(photos: Path, mentioned: list[str]) -> list[str]:
    manifest = photos / "manifest.csv"
    if not manifest.is_file():
        raise InputError(f"{manifest} is missing: it lists the photos and their licences")
    names = [Path(file).stem for file in pd.read_csv(manifest)["file"]]
    if unknown := sorted(set(mentioned) - set(names)):
        raise InputError(f"{manifest} has no photo called {', '.join(unknown)}")
    return names


def _write_images(
    folder: Path,
    reference: str,
    photo: Pixels,
    distorted: Iterator[tuple[str, str, int, Pixels]],
    split: str,
) -> list[dict[str, object]]:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    for name, family, severity, pixels in distorted:
        file = f"images/{reference}_{name}.png"
        Image.fromarray(pixels).save(folder / file, compress_level=1)
        rows.append(
            {
                "image": file,
                "score": round(proxy_score(photo, pixels), 4),
                "split": split,
                "reference": reference,
                "distortion": family,
                "level": severity,
            }
        )
    return rows


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa synthesise", description="distort photos into two labelled datasets"
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--output", type=Path, required=True, help="gets single/ and mixed/")
    parser.add_argument("--long-side", type=int, required=True, help="of the shrunk photo, pixels")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--validation", nargs="+", required=True, help="photos for validation")
    parser.add_argument("--test", nargs="+", required=True, help="photos for testing")
    parser.add_argument("--mixtures", type=int, required=True, help="mixed images a test photo")
    arguments = parser.parse_args()
    synthesise(**vars(arguments))


if __name__ == "__main__":
    run_stage(main)
