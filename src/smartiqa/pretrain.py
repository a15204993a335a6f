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
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator, default_rng
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from smartiqa.command_line import run_stage
from smartiqa.config import Backbone, Pretraining, Synthesis, validated
from smartiqa.data.crops import normalise
from smartiqa.data.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.proxy_scores import proxy_scores
from smartiqa.errors import InputError
from smartiqa.files import replace_atomically, sha256_of, write_json
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.precision import Precision, autocast, choose_device, has_bfloat16
from smartiqa.synthesise import load_photo, photo_splits

CLASSES = 1 + len(FAMILIES) * len(SEVERITIES)  # the first is "undistorted"
SCALES = (1.0, 3.0)  # a photo is shown at the size of the dataset up to three times as large
GAINS = (0.6, 1.1)  # of the brightness
LABEL_SMOOTHING = 0.05
SCORE_WEIGHT = 0.05  # of the L1 loss, in points of 100, beside the cross-entropy
GRADIENT_NORM = 5.0
WARM_UP = 0.05  # share of the steps during which the rate rises


class Batch(NamedTuple):
    """Distorted crops (batch, crop, crop, 3) uint8, their classes and proxy scores (batch,)."""

    crops: Tensor
    classes: Tensor
    scores: Tensor


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


def random_reference(photo: Pixels, crop: int, generator: Generator) -> Pixels:
    """Cut a random square out of a photo, mirrored half of the time, and darken or brighten it.

    The brightness varies before the crop is distorted, so the proxy score is that of the
    distortion alone.
    """
    top, left = (int(generator.integers(side - crop + 1)) for side in photo.shape[:2])
    cut = photo[top : top + crop, left : left + crop]
    if generator.random() < 0.5:
        cut = cut[:, ::-1]
    brightened: Pixels = np.clip(cut * generator.uniform(*GAINS), 0, 255).astype(np.uint8)
    return brightened


class DistortedCrops(Dataset[Batch]):
    """The batches of all steps by their number; equal settings and numbers give equal bytes."""

    def __init__(
        self, settings: Pretraining, photos: Sequence[Path], long_side: int, crop: int
    ) -> None:
        self.settings = settings
        self.photos = photos
        self.long_side = long_side
        self.crop = crop

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of one step from several photos."""
        count = self.settings.photos_per_batch
        parts = [self._crops_of_one_photo(step * count + number) for number in range(count)]
        return Batch(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))

    def _crops_of_one_photo(self, number: int) -> Batch:
        """One photo at one size gives several crops: loading it is what costs most."""
        generator = default_rng([self.settings.seed, number])
        photo_path = self.photos[int(generator.integers(len(self.photos)))]
        photo = load_photo(photo_path, round(self.long_side * generator.uniform(*SCALES)))
        families = list(FAMILIES.values())
        references, crops, classes = [], [], []
        for _ in range(self.settings.batch_size // self.settings.photos_per_batch):
            reference = random_reference(photo, self.crop, generator)
            label = int(generator.integers(CLASSES))
            family, severity = divmod(label - 1, len(SEVERITIES))
            distorted = reference
            if label > 0:
                distorted = families[family](reference, SEVERITIES[severity], generator)
            references.append(reference)
            crops.append(distorted)
            classes.append(label)
        stacked = np.stack(crops)
        scores = torch.from_numpy(proxy_scores(np.stack(references), stacked)).float()
        return Batch(torch.from_numpy(stacked), torch.tensor(classes), scores)


def pretrain(
    settings: Pretraining,
    synthesis: Synthesis,
    backbone: Backbone,
    crop: int,
    workers: int,
    output: Path,
) -> None:
    """Pretrain a backbone and write its weights (float16) and their provenance beside them.

    Raises:
        InputError: a photo is missing or broken, or the loss stops being a number.
    """
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
    crops = DistortedCrops(settings, photos, synthesis.long_side, crop)
    batches = DataLoader(crops, batch_size=None, num_workers=workers)
    smooth_accuracy, smooth_error = 0.0, 50.0
    for batch in (bar := tqdm(batches, total=settings.steps, desc=output.stem, unit="step")):
        images = normalise(batch.crops, backbone.mean, backbone.std, device)
        classes = batch.classes.to(device)
        with autocast(precision, device):
            logits, scores = model(images)
        error = nn.functional.l1_loss(scores.float(), batch.scores.to(device))
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
        smooth_error += 0.02 * (float(error.detach()) - smooth_error)
        bar.set_postfix(accuracy=f"{smooth_accuracy:.3f}", error=f"{smooth_error:.2f}")
    if not math.isfinite(smooth_error):
        raise InputError("pretraining: the loss stopped being a number; lower the rate")
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
    for name, kind in (("settings", Pretraining), ("synthesis", Synthesis), ("backbone", Backbone)):
        help_text = f"JSON, fields of config.{kind.__name__}"
        parser.add_argument(f"--{name}", type=json.loads, required=True, help=help_text)
    parser.add_argument("--crop", type=int, required=True, help="pixels")
    parser.add_argument("--workers", type=int, default=1, help="processes that make crops")
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    arguments = parser.parse_args()
    pretrain(
        validated(Pretraining, arguments.settings, "--settings"),
        validated(Synthesis, arguments.synthesis, "--synthesis"),
        validated(Backbone, arguments.backbone, "--backbone"),
        arguments.crop,
        arguments.workers,
        arguments.output,
    )


if __name__ == "__main__":
    run_stage(main)
