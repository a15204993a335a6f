"""What is measured on: generated photos of KonIQ's size, their pixel store, models, batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from benchmarks.published_way import SIZE
from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import resolve
from smartiqa.config.study import Study, load_catalogue, load_study
from smartiqa.core.files import sha256_of
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.crops import normalise
from smartiqa.data.store.building import ResizeRule, build_store
from smartiqa.data.store.decode import decode_image
from smartiqa.data.store.pixel_store import PixelStore, digest_of
from smartiqa.models.quality import QualityModel, build_model

REPOSITORY = Path(__file__).parents[1]
CONFIG = REPOSITORY / "workflow" / "config"
PHOTO = (768, 1024)  # height and width of KonIQ-10k's images
MODELS = {  # by the name that people know: the published model, as published.yaml calls it
    "SMART-Tiny": "smart_tiny",
    "SMART-Small": "smart_small",
    "SMART-Base": "smart_base",
    "HyperIQA-ResNet-50": "hyperiqa",
}
SQUASH = ResizeRule("squash", SIZE)
CPU = torch.device("cpu")


def koniq() -> tuple[Study, Catalogue]:
    """Return the paper's own study and the catalogue of experiments."""
    return load_study(CONFIG / "koniq.yaml"), load_catalogue(CONFIG / "experiments.yaml")


def rebuilt(model: str) -> str:
    """Return the id of the experiment that rebuilds one of `MODELS`."""
    return str(read_yaml(CONFIG / "published.yaml")["models"][MODELS[model]])


def experiment_of(model: str) -> Experiment:
    """Return the full-size experiment of one of `MODELS`."""
    return resolve(*koniq(), rebuilt(model))


def new_model(experiment: Experiment) -> QualityModel:
    """Build the experiment's model with random weights."""
    torch.manual_seed(0)
    return build_model(experiment.model, experiment.backbone, experiment.crop)


def bare_backbone(experiment: Experiment) -> nn.Module:
    """Build the timm network alone, with one output and the same drop path."""
    torch.manual_seed(0)
    backbone = experiment.backbone
    network: nn.Module = timm.create_model(
        backbone.name, num_classes=1, drop_path_rate=backbone.drop_path, **backbone.options
    )
    return network


def fixed_pixels(experiment: Experiment, size: int) -> tuple[Tensor, Tensor]:
    """Return noise (size, crop, crop, 3), uint8, as crops come out of a store, and labels."""
    generator = torch.Generator().manual_seed(0)
    shape = (size, experiment.crop, experiment.crop, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    return pixels, 100 * torch.rand(size, generator=generator)


def fixed_batch(
    experiment: Experiment, size: int, device: torch.device = CPU
) -> tuple[Tensor, Tensor]:
    """Return normalised noise (size, 3, crop, crop) as the data path delivers it, and labels."""
    pixels, labels = fixed_pixels(experiment, size)
    images = normalise(pixels, experiment.backbone.mean, experiment.backbone.std, device)
    return images, labels.to(device)


def photo(seed: int) -> NDArray[np.uint8]:
    """Return something as hard to compress as a photo: a 1/f spectrum, (768, 1024, 3)."""
    height, width = PHOTO
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.rfftfreq(width), np.fft.fftfreq(height)))
    frequency[0, 0] = np.inf
    noise = np.fft.rfft2(rng.standard_normal((3, height, width)))
    planes = np.fft.irfft2(noise / frequency, s=PHOTO)
    grey = planes[0] + 0.3 * planes  # channels go together, as in photos
    scaled = 120 + 45 * (grey - grey.mean()) / grey.std()
    pixels: NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8).transpose(1, 2, 0)
    return pixels


def write_photos(folder: Path, count: int) -> list[Path]:
    """Write generated photos as JPEG files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"photo{number}.jpg" for number in range(count)]
    for number, file in enumerate(files):
        Image.fromarray(photo(number)).save(file, quality=92)
    return files


def manifest_of(photos: list[Path], images: int) -> pd.DataFrame:
    """Return the manifest of `images` images, whose files are the photos again and again."""
    digests = [sha256_of(file) for file in photos]
    sizes = [decode_image(file).size for file in photos]
    picked = [number % len(photos) for number in range(images)]
    return pd.DataFrame(
        {
            "id": [f"image{number}" for number in range(images)],
            "file": [photos[number].name for number in picked],
            "sha256": [digests[number] for number in picked],
            "width": [sizes[number][0] for number in picked],
            "height": [sizes[number][1] for number in picked],
        }
    )


def built_store(photos: list[Path], images: int, output: Path, workers: int) -> PixelStore:
    """Build a pixel store of `images` images out of photos that lie in one folder."""
    build_store(manifest_of(photos, images), photos[0].parent, output, SQUASH, workers)
    return PixelStore.open(output)


def noise_store(images: int, folder: Path) -> PixelStore:
    """Map a file of noise, written if it is not there, as a store of the published size."""
    size = SIZE[0] * SIZE[1] * 3
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "pixels.u8").exists():
        block = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8).tobytes()
        with (folder / "pixels.u8").open("wb") as stream:
            for _ in range(images):
                stream.write(block)
    pixels = np.asarray(np.memmap(folder / "pixels.u8", dtype=np.uint8, mode="r"))
    return PixelStore(
        ids=np.array([f"image{number}" for number in range(images)], dtype=object),
        sizes=np.tile(np.array(SIZE), (images, 1)),
        offsets=np.arange(images) * size,
        digests=np.repeat(np.array([digest_of(pixels[:size])], dtype=object), images),
        pixels=pixels,
        key=f"noise {images}",
    )
