"""A study small enough for tests: five generated photos, 64-pixel crops, a tiny Swin.

`conftest.py` has fixtures that run its data, weights and one training through the real stages.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Compute, Experiment, Model, Recipe, Synthesis

CROP = 64
LONG_SIDE = 88
PHOTO_SIZE = (96, 120)  # height, width
SPLITS = {
    "meadow": "train",
    "harbour": "train",
    "attic": "validation",
    "quarry": "test",
    "orchard": "test",
}
MIXTURES = 12
TINY_SWIN = Backbone(
    name="swin_tiny_patch4_window7_224",
    options={"img_size": CROP, "embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]},
    drop_path=0.1,
    dropout=0.1,
)
SETTINGS: dict[str, Any] = {
    "optimizer": "adamw",
    "backbone_rate": 1e-3,
    "head_rate": 2e-3,
    "weight_decay": 1e-4,
    "schedule": "cosine",
    "epochs": 2,
    "batch_size": 8,
    "train_crops": 1,
    "validation_crops": 1,
    "resize": "none",
}


class SameProcess(Executor):
    """Runs what a pool of processes would, without starting one; all is pickled on its way."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        call, given = pickle.loads(pickle.dumps((function, arguments)))
        try:
            future.set_result(pickle.loads(pickle.dumps(call(*given))))
        except Exception as error:
            future.set_exception(pickle.loads(pickle.dumps(error)))
        return future


class Prepared(NamedTuple):
    """A dataset after preparation: its folder, manifest and pixel store."""

    root: Path
    manifest: Path
    store: Path


def texture(seed: int, height: int = PHOTO_SIZE[0], width: int = PHOTO_SIZE[1]) -> NDArray:
    """Something like a photo: a 1/f spectrum in related colours, with some sharp edges."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(width), np.fft.fftfreq(height)))
    frequency[0, 0] = np.inf
    noise = np.fft.fft2(rng.standard_normal((2, height, width)))
    smooth, tint = np.fft.ifft2(noise / frequency).real
    image = np.stack([smooth + share * tint for share in (0.4, 0.0, -0.4)], axis=-1)
    for _ in range(6):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        image[top : top + 25, left : left + 30] += rng.normal(0, image.std(), 3)
    image = (image - image.mean()) / image.std()
    return np.clip(120 + 45 * image, 0, 255).astype(np.uint8)


def write_photos(folder: Path, names: Iterable[str] = SPLITS) -> Path:
    """Write photos and their manifest; a photo's pixels depend on its place in `SPLITS` alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        pixels = texture(list(SPLITS).index(name))
        Image.fromarray(pixels).save(folder / f"{name}.jpg", quality=95)
    files = [f"{name}.jpg" for name in names]
    pd.DataFrame({"file": files, "author": "nobody", "licence": "CC0"}).to_csv(
        folder / "manifest.csv", index=False
    )
    return folder


def synthesis(photos: Path, names: Iterable[str] = SPLITS) -> Synthesis:
    """The settings under which photos are distorted."""

    def those(split: str) -> tuple[str, ...]:
        return tuple(name for name in names if SPLITS[name] == split)

    return Synthesis(
        photos=photos,
        long_side=LONG_SIDE,
        seed=11,
        validation_photos=those("validation"),
        test_photos=those("test"),
        mixtures=MIXTURES,
    )


def experiment(model: Model | None = None, name: str = "C3", **changes: Any) -> Experiment:
    """An experiment on the tiny Swin; `changes` go to its recipe."""
    return Experiment(
        id=name,
        model=model or Model(),
        backbone=TINY_SWIN,
        recipe=Recipe(**{**SETTINGS, **changes}),
        crop=CROP,
        compute=Compute(threads=1, device="cpu", precision="float32"),
    )
