"""Teach a backbone what distortions look like: pretraining without human labels or downloads.

Crops of the *training* photos, shrunk by a random factor, are distorted on the fly. From each the
backbone has to tell which distortion it has, how severe it is, and its proxy score against the
undistorted crop. No validation or test photo is used, so nothing of their contents leaks into the
weights. The heads are thrown away; the backbone is kept, in half precision to be small in the
repository.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from smartiqa.command_line import run_stage
from smartiqa.config import Backbone, Pretraining, Synthesis, validated
from smartiqa.data.crops import normalise
from smartiqa.data.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.files import replace_atomically, sha256_of, write_json
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.precision import Precision, autocast, choose_device, has_bfloat16
from smartiqa.synthesise import load_photo, photo_splits, proxy_score

CLASSES = 1 + len(FAMILIES) * len(SEVERITIES)  # the first is "undistorted"
SCALES = (1.0, 3.0)  # a photo is shown at the size of the dataset up to three times as large
LABEL_SMOOTHING = 0.05
SCORE_WEIGHT = 0.05  # of the L1 loss, in points of 100, beside the cross-entropy
GRADIENT_NORM = 5.0
WARM_UP = 0.05  # share of the steps during which the rate rises


class Batch(NamedTuple):
    """Distorted crops (batch, crop, crop, 3) uint8, their classes and proxy scores (batch,)."""

    crops: NDArray[np.uint8]
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]


class DistortionReader(nn.Module):
    """A backbone with two linear layers on the pooled maps of all its stages."""

    def __init__(self, backbone: FeatureBackbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.classes = nn.Linear(sum(backbone.channels), CLASSES)
        self.score = nn.Linear(sum(backbone.channels), 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (batch, classes) and scores (batch,) of normalised images."""
        pooled = torch.cat([stage.mean(dim=(2, 3)) for stage in self.backbone(images)], dim=1)
        return self.classes(pooled), 100 * self.score(pooled).squeeze(1).sigmoid()


def training_photos(settings: Synthesis) -> list[Path]:
    """The photos that the study trains on."""
    splits = photo_splits(settings)
    return [settings.photos / f"{name}.jpg" for name, split in splits.items() if split == "train"]


def random_crop(photo: Pixels, crop: int, generator: Generator) -> Pixels:
    """Cut a random square out of a photo, mirrored half of the time."""
    top, left = (int(generator.integers(side - crop + 1)) for side in photo.shape[:2])
    cut = photo[top : top + crop, left : left + crop]
    return cut[:, ::-1] if generator.random() < 0.5 else cut


def distorted_batch(
    photos: Sequence[Path], long_side: int, crop: int, size: int, seed: int, number: int
) -> Batch:
    """Make the batch with this number; equal arguments give equal bytes."""
    generator = default_rng([seed, number])
    # One photo at one size serves a whole batch: loading it is what costs most.
    photo_path = photos[int(generator.integers(len(photos)))]
    photo = load_photo(photo_path, round(long_side * generator.uniform(*SCALES)))
    families = list(FAMILIES.values())
    crops, classes, scores = [], [], []
    for _ in range(size):
        reference = random_crop(photo, crop, generator)
        label = int(generator.integers(CLASSES))
        family, severity = divmod(label - 1, len(SEVERITIES))
        distorted = reference
        if label > 0:
            distorted = families[family](reference, SEVERITIES[severity], generator)
        crops.append(distorted)
        classes.append(label)
        scores.append(proxy_score(reference, distorted))
    return Batch(np.stack(crops), np.array(classes), np.array(scores, dtype=np.float32))


def merged_batches(
    settings: Pretraining, photos: Sequence[Path], long_side: int, crop: int, workers: int
) -> Iterator[Batch]:
    """Yield the batches of all steps, each from several photos; the bytes ignore `workers`."""
    share = settings.batch_size // settings.photos_per_batch
    make = partial(distorted_batch, photos, long_side, crop, share, settings.seed)
    parts: list[Batch] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        numbers = range(settings.steps * settings.photos_per_batch)
        for part in pool.map(make, numbers, chunksize=settings.photos_per_batch):
            parts.append(part)
            if len(parts) == settings.photos_per_batch:
                yield Batch(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
                parts = []


def pretrain(
    settings: Pretraining,
    synthesis: Synthesis,
    backbone: Backbone,
    crop: int,
    workers: int,
    output: Path,
) -> None:
    """Pretrain a backbone and write its weights (float16) and their provenance beside them."""
    torch.set_num_threads(1)  # the order of summation is part of the result
    device = choose_device("auto")
    precision: Precision = "bfloat16" if has_bfloat16(device) else "float32"
    torch.manual_seed(settings.seed)
    model = DistortionReader(FeatureBackbone(backbone, crop)).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.steps, pct_start=WARM_UP
    )
    photos = training_photos(synthesis)
    batches = merged_batches(settings, photos, synthesis.long_side, crop, workers)
    smooth_accuracy, smooth_error = 0.0, 50.0
    for batch in (bar := tqdm(batches, total=settings.steps, desc=output.stem, unit="step")):
        images = normalise(torch.from_numpy(batch.crops), backbone.mean, backbone.std, device)
        classes = torch.from_numpy(batch.classes).to(device)
        with autocast(precision, device):
            logits, scores = model(images)
        error = nn.functional.l1_loss(scores.float(), torch.from_numpy(batch.scores).to(device))
        naming = nn.functional.cross_entropy(
            logits.float(), classes, label_smoothing=LABEL_SMOOTHING
        )
        optimiser.zero_grad()
        torch.autograd.backward(naming + SCORE_WEIGHT * error)
        nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_NORM)
        optimiser.step()
        schedule.step()
        accuracy = float((logits.argmax(dim=1) == classes).float().mean())
        smooth_accuracy += 0.02 * (accuracy - smooth_accuracy)
        smooth_error += 0.02 * (float(error) - smooth_error)
        bar.set_postfix(accuracy=f"{smooth_accuracy:.3f}", error=f"{smooth_error:.2f}")
    if not math.isfinite(smooth_error):
        raise RuntimeError("the loss stopped being a number: lower the rate")
    tensors = {
        name: tensor.half().contiguous()
        for name, tensor in model.backbone.network.state_dict().items()
        if tensor.is_floating_point()
    }
    with replace_atomically(output) as temporary:
        save_file(tensors, temporary)
    provenance = {
        "backbone": backbone.model_dump(mode="json"),
        "crop": crop,
        "photos": [photo.name for photo in photos],
        "settings": settings.model_dump(mode="json"),
        "sha256": sha256_of(output),
        "task": "distortion, severity and proxy score of freshly distorted crops",
        "training_accuracy": round(smooth_accuracy, 4),
        "training_score_error": round(smooth_error, 3),
    }
    write_json(output.with_suffix(".json"), provenance)


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa pretrain", description="pretrain a backbone")
    parser.add_argument("--settings", required=True, help="JSON, fields of config.Pretraining")
    parser.add_argument("--synthesis", required=True, help="JSON, fields of config.Synthesis")
    parser.add_argument("--backbone", required=True, help="JSON, fields of config.Backbone")
    parser.add_argument("--crop", type=int, required=True, help="pixels")
    parser.add_argument("--workers", type=int, default=1, help="processes that make crops")
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    arguments = parser.parse_args()
    pretrain(
        validated(Pretraining, json.loads(arguments.settings), "--settings"),
        validated(Synthesis, json.loads(arguments.synthesis), "--synthesis"),
        validated(Backbone, json.loads(arguments.backbone), "--backbone"),
        arguments.crop,
        arguments.workers,
        arguments.output,
    )


if __name__ == "__main__":
    run_stage(main)
