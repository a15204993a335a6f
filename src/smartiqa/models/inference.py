"""Scores of crops: the one way in which validation, prediction and analysis run a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Testing
from smartiqa.data.crop_positions import (
    Integers,
    centre_positions,
    grid_positions,
    random_positions,
)
from smartiqa.data.crops import CropPlan, crop_batches, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.machine.precision import Precision, autocast
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.quality import QualityModel, QualityOutput

# Crops a batch. On a CPU larger ones take up to twice as long: their maps exceed what
# `smartiqa.machine.process.keep_freed_memory` keeps. A GPU needs as many as it takes to compute
# for longer than Python takes to send the kernels: on an H100 a batch of SMART-Base is sent in
# 24 ms, in which 64 crops are scored.
BATCH = {"cpu": 16, "cuda": 256}


Kept = TypeVar("Kept")


class CropScores(NamedTuple):
    """What a model says about every crop.

    Attributes:
        scores: (crops,) float64, 0 to 100.
        attention: (crops, stages) float64, or None for a model without a gate over stages.
    """

    scores: NDArray[np.float64]
    attention: NDArray[np.float64] | None


def place_crops(
    store: PixelStore, images: Integers, testing: Testing, crop: int, seed: int
) -> CropPlan:
    """Place the test crops of `images` (rows of the store); only random ones use the seed."""
    sizes = store.sizes[images]
    rows = np.repeat(images, testing.crops)
    match testing.positions:
        case "random":
            generator = np.random.default_rng([seed, 0, 2])
            positions = random_positions(store.sizes[rows], crop, generator)
        case "centre":
            return central_crops(store, rows, crop)
        case "grid":
            positions = grid_positions(sizes, crop, testing.crops)
    return CropPlan.unflipped(rows, positions, crop)


def central_crops(store: PixelStore, images: Integers, crop: int) -> CropPlan:
    """Place one crop in the middle of each of `images` (rows of the store)."""
    return CropPlan.unflipped(images, centre_positions(store.sizes[images], crop), crop)


def outputs(
    model: QualityModel,
    backbone: Backbone,
    store: PixelStore,
    crops: CropPlan,
    precision: Precision,
) -> Iterator[QualityOutput]:
    """Yield the model's output for one batch of crops after the other, in evaluation mode."""
    device = next(model.parameters()).device
    model.eval()
    with folded_batch_norms(model.backbone):
        batches = crop_batches(store, crops, BATCH[device.type], device)
        yield from batch_outputs(model, backbone, batches, precision)


def batch_outputs(
    model: QualityModel, backbone: Backbone, batches: Iterable[torch.Tensor], precision: Precision
) -> Iterator[QualityOutput]:
    """Yield the output of a model in evaluation mode for (batch, crop, crop, 3) uint8 crops."""
    device = next(model.parameters()).device
    with torch.inference_mode(), autocast(precision, device):
        for batch in batches:
            yield model(normalise(batch, backbone.mean, backbone.std, device))


def score_crops(
    model: QualityModel,
    backbone: Backbone,
    store: PixelStore,
    crops: CropPlan,
    precision: Precision,
) -> CropScores:
    """Score crops of a store."""
    return joined_scores(outputs(model, backbone, store, crops, precision))


def score_arrays(
    model: QualityModel,
    backbone: Backbone,
    crops: Sequence[NDArray[np.uint8]],
    precision: Precision,
) -> CropScores:
    """Score crops, each (crop, crop, 3), in batches that suit the model's device."""
    size = BATCH[next(model.parameters()).device.type]
    batches = (
        torch.from_numpy(np.stack(crops[start : start + size]))
        for start in range(0, len(crops), size)
    )
    return joined_scores(batch_outputs(model, backbone, batches, precision))


@contextmanager
def kept_of_stages(
    model: QualityModel, keep: Callable[[list[torch.Tensor]], Kept]
) -> Iterator[list[Kept]]:
    """Collect what `keep` makes of the backbone's stages, batch by batch, of what is computed."""
    kept: list[Kept] = []
    hook = model.backbone.register_forward_hook(lambda *call: kept.append(keep(call[-1])))
    try:
        yield kept
    finally:
        hook.remove()


def joined_scores(batches: Iterable[QualityOutput]) -> CropScores:
    """Join what a model said about batches of crops."""
    scores: list[torch.Tensor] = []
    attention: list[torch.Tensor] = []
    for output in batches:
        scores.append(output.scores)
        if output.attention is not None:
            attention.append(output.attention)
    return CropScores(_joined(scores), _joined(attention) if attention else None)


def _joined(parts: list[torch.Tensor]) -> NDArray[np.float64]:
    return torch.cat(parts).double().cpu().numpy()
