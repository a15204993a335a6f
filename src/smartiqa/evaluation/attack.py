"""How far perturbations that nobody sees move a score, if they are made for that.

The attack is the iterated fast gradient sign method (Kurakin, Goodfellow and Bengio, 2017), which
is projected gradient descent (Madry et al., 2018) without a random start: whoever has the model
moves every pixel by at most so many grey levels, in the direction that the score's gradient gives.
Photos that the model rates highest are to be rated lower and the others higher, which harms its
ranking most. What results is rounded to whole grey levels, so it is a photo like any other, and is
scored like any other. Beside it stands noise of the same size, whose signs are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.core.errors import InputError
from smartiqa.evaluation.photo_crops import PhotoCrops, photo_crops
from smartiqa.metrics.correlation import Array
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.gradients import pixel_gradients
from smartiqa.results.records import Attack, Attacked

PHOTOS = 18
STRENGTHS = (1, 2, 4)  # grey levels of 255
STEPS = 5
REACH = 2.5  # all steps together, in units of the strength, as Madry et al. have it
NOISE_SEED = 2020

Gradient = Callable[[Tensor], Tensor]
Pixels = NDArray[np.uint8]


def attack_run(run: Path, manifest: Path, store: Path) -> Attack:
    """Attack the central crops of some test photos.

    Raises:
        InputError: the run's model cannot be differentiated, there are no test images, or the
            store was not made from the manifest.
    """
    photos = photo_crops(run, manifest, store, PHOTOS)
    with folded_batch_norms(photos.model.backbone):
        try:
            before = photos.scored(photos.crops).scores
            return Attack(
                steps=STEPS,
                qualities=photos.qualities,
                contents=photos.contents,
                before=tuple(before.tolist()),
                strengths=tuple(_attacks(photos, before)),
            )
        except InputError as problem:
            raise InputError(f"{run}: {problem}") from problem


def _attacks(photos: PhotoCrops, before: Array) -> Iterator[Attacked]:
    """Yield what the attacks of each strength come to."""
    directions = np.where(before > np.median(before), -1.0, 1.0)
    signs = np.random.default_rng(NOISE_SEED).choice([-1, 1], photos.crops.shape)
    for strength in STRENGTHS:
        attacked = _attacked(photos, directions, strength)
        noisy = np.clip(photos.crops + strength * signs, 0, 255).astype(np.uint8)
        yield Attacked(
            strength=strength,
            psnr=float(
                np.mean([_psnr(*pair) for pair in zip(photos.crops, attacked, strict=True)])
            ),
            after=tuple(photos.scored(attacked).scores.tolist()),
            with_noise=tuple(photos.scored(noisy).scores.tolist()),
        )


def _attacked(photos: PhotoCrops, directions: Array, strength: int) -> Pixels:
    """Attack crops batch by batch; directions (photos,) are 1 for a score that is to rise."""
    device = photos.device

    def gradient(pixels: Tensor) -> Tensor:
        backbone = photos.experiment.backbone
        return pixel_gradients(photos.model, backbone, pixels, photos.precision)

    batches = photos.batches(photos.crops)
    towards = torch.split(torch.from_numpy(directions).to(device), [*map(len, batches)])
    parts = [
        perturbed(batch.to(device), gradient, where, strength)
        for batch, where in zip(batches, towards, strict=True)
    ]
    return torch.cat(parts).cpu().numpy()


def perturbed(crops: Tensor, gradient: Gradient, directions: Tensor, strength: int) -> Tensor:
    """Move the pixels of crops so that their scores rise or fall.

    Args:
        crops: (batch, height, width, 3), uint8.
        gradient: of the scores by the pixels, a function of (batch, height, width, 3), float32.
        directions: (batch,), 1 where the score is to rise, -1 where it is to fall.
        strength: how far a pixel may move, grey levels.

    Returns:
        (batch, height, width, 3), uint8: no pixel is farther than `strength` from what it was.
    """
    start = crops.float()
    low, high = (start - strength).clamp(min=0), (start + strength).clamp(max=255)
    towards = directions.float()[:, None, None, None]
    pixels = start
    for _ in range(STEPS):
        step = REACH * strength / STEPS * towards * gradient(pixels).sign()
        pixels = torch.clamp(pixels + step, low, high)
    return pixels.round().to(torch.uint8)


def _psnr(first: Pixels, second: Pixels) -> float:
    """Peak signal-to-noise ratio of a crop, dB; pixels that were not moved at all have no bound."""
    error = np.square(first.astype(np.float64) - second).mean()
    return float(10 * np.log10(255**2 / max(error, np.finfo(np.float64).tiny)))
