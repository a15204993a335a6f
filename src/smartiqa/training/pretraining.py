"""Teach a backbone what distortions look like: pretraining without human labels or downloads.

Squares of the *training* photos, at many sizes and turned every way, are distorted as the study's
own images are. From a random crop of each the backbone has to tell which distortion it has, how
severe it is, and its proxy score. No validation or test photo is used, so nothing of their contents
leaks into the weights. The heads are thrown away; the backbone is kept, in half precision to be
small in the repository.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator, default_rng
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Pretraining, Synthesis
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_together, sha256_of
from smartiqa.core.json_files import json_text
from smartiqa.data.crops import normalise
from smartiqa.data.synthetic.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.synthetic.proxy_scores import proxy_scores
from smartiqa.data.synthetic.synthesis import load_photo, photo_splits, single_distortions
from smartiqa.machine.precision import Precision, autocast, has_bfloat16
from smartiqa.machine.process import set_up_process
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.tensor_files import told_if_not_written

CLASSES = 1 + len(FAMILIES) * len(SEVERITIES)  # the first is "undistorted"
SCALES = (1.0, 3.0)  # a photo is shown at the size of the dataset up to three times as large
GAINS = (0.6, 1.1)  # of the brightness
LABEL_SMOOTHING = 0.05
SCORE_WEIGHT = 0.05  # of the L1 loss, in points of 100, beside the cross-entropy
GRADIENT_NORM = 5.0
WARM_UP = 0.05  # share of the steps during which the rate rises


class Distorted(NamedTuple):
    """Distorted images (n, side, side, 3) uint8, their classes (n,) and proxy scores (n,)."""

    images: Tensor
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


def random_reference(photo: Pixels, side: int, generator: Generator) -> Pixels:
    """Cut a random square out of a photo, turn and mirror it, and darken or brighten it.

    All this is done before anything is distorted, so the proxy score is that of the distortion
    alone.
    """
    top, left = (int(generator.integers(length - side + 1)) for length in photo.shape[:2])
    turned = np.rot90(photo[top : top + side, left : left + side], int(generator.integers(4)))
    if generator.random() < 0.5:
        turned = turned[:, ::-1]
    brightened: Pixels = np.clip(turned * generator.uniform(*GAINS), 0, 255).astype(np.uint8)
    return brightened


def distorted_square(
    settings: Pretraining, photos: Sequence[Path], long_side: int, number: int
) -> Distorted:
    """Make one square under every distortion; equal settings and numbers give equal bytes."""
    generator = default_rng([settings.seed, number])
    path = photos[number % len(photos)]
    photo = load_photo(path, round(long_side * generator.uniform(*SCALES)))
    if min(photo.shape[:2]) < settings.square:
        raise InputError(f"{path} is too small for squares of {settings.square} pixels")
    reference = random_reference(photo, settings.square, generator)
    images = np.stack([image for *_, image in single_distortions(reference, generator)])
    scores = torch.from_numpy(proxy_scores(np.stack([reference] * CLASSES), images))
    return Distorted(torch.from_numpy(images), torch.arange(CLASSES), scores.float())


def distorted_squares(settings: Pretraining, photos: Sequence[Path], long_side: int) -> Distorted:
    """Make `squares_per_photo` squares of every photo, each under every distortion."""
    numbers = tqdm(
        range(settings.squares_per_photo * len(photos)), desc="squares", unit="square", disable=None
    )
    made = [distorted_square(settings, photos, long_side, number) for number in numbers]
    return Distorted(*(torch.cat(tensors) for tensors in zip(*made, strict=True)))


def random_crops(images: Tensor, rows: Tensor, crop: int, generator: torch.Generator) -> Tensor:
    """Cut one crop (n, crop, crop, 3) at a random place out of each row of `images`."""
    room = images.shape[1] - crop + 1
    places = torch.randint(room, (len(rows), 2), generator=generator).tolist()
    return torch.stack(
        [
            images[row, top : top + crop, left : left + crop]
            for row, (top, left) in zip(rows.tolist(), places, strict=True)
        ]
    )


class Reached(NamedTuple):
    """Running means of the last steps: share of classes that were named, points of score missed."""

    accuracy: float
    error: float


def teach(
    model: DistortionReader,
    settings: Pretraining,
    squares: Distorted,
    backbone: Backbone,
    crop: int,
    name: str,
) -> Reached:
    """Train a model on random crops of distorted squares.

    Raises:
        InputError: the loss stops being a number.
    """
    device = next(model.parameters()).device
    precision: Precision = "bfloat16" if has_bfloat16(device) else "float32"
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=settings.rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.rate, total_steps=settings.steps, pct_start=WARM_UP
    )
    generator = torch.Generator().manual_seed(settings.seed)
    smooth_accuracy, smooth_error = 0.0, 50.0
    for _ in (bar := tqdm(range(settings.steps), desc=name, unit="step", disable=None)):
        rows = torch.randint(len(squares.images), (settings.batch_size,), generator=generator)
        crops = random_crops(squares.images, rows, crop, generator)
        inputs = normalise(crops, backbone.mean, backbone.std, device)
        classes = squares.classes[rows].to(device)
        with autocast(precision, device):
            logits, scores = model(inputs)
        error = nn.functional.l1_loss(scores.float(), squares.scores[rows].to(device))
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
    return Reached(smooth_accuracy, smooth_error)


def pretrain(
    settings: Pretraining,
    synthesis: Synthesis,
    backbone: Backbone,
    crop: int,
    output: Path,
) -> None:
    """Pretrain a backbone and write its weights (float16) and their provenance beside them.

    Raises:
        InputError: a photo is missing, broken or too small, the crop is larger than a square, or
            the loss stops being a number.
    """
    if crop > settings.square:
        raise InputError(f"pretraining.square: {settings.square} is less than the crop, {crop}")
    device = set_up_process(threads=1, device="auto")
    torch.manual_seed(settings.seed)
    model = DistortionReader(FeatureBackbone(backbone, crop)).to(device)
    photos = training_photos(synthesis)
    squares = distorted_squares(settings, photos, synthesis.long_side)
    reached = teach(model, settings, squares, backbone, crop, output.stem)
    tensors = {
        name: tensor.half().contiguous()
        for name, tensor in model.backbone.network.state_dict().items()
        if tensor.is_floating_point()
    }
    provenance = {
        "$comment": "generated by smartiqa pretrain (make weights)",
        "backbone": backbone.model_dump(mode="json"),
        "crop": crop,
        "photos": [photo.name for photo in photos],
        "settings": settings.model_dump(mode="json"),
        "task": "distortion, severity and proxy score of distorted crops",
        "training_accuracy": round(reached.accuracy, 4),
        "training_score_error": round(reached.error, 3),
    }
    with replace_together(output.with_suffix(".json"), output) as (beside, temporary):
        with told_if_not_written(output):
            save_file(tensors, temporary)
        text = json_text({**provenance, "sha256": sha256_of(temporary)})
        beside.write_text(text, encoding="utf-8")
