"""Features of a frozen backbone: the mean of each stage's map over all crops of an image."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from smartiqa.config.experiment import Experiment
from smartiqa.data.crops import CropPlan, crop_batches, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.machine.precision import autocast, choose_precision
from smartiqa.models.backbones import FeatureBackbone, mean_over_positions
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.inference import BATCH

Features = NDArray[np.float64]


def pooled_features(
    experiment: Experiment, backbone: FeatureBackbone, store: PixelStore, crops: CropPlan
) -> list[Features]:
    """Return the pooled maps of the four stages, shallow to deep, of consecutive crops of images.

    Args:
        experiment: its number format and normalisation are used.
        backbone: in evaluation mode.
        store: the images.
        crops: as many for every image, those of one image one after the other.

    Returns:
        Four arrays (images, channels): means over the positions of a map and over an image's crops.
    """
    device = next(backbone.parameters()).device
    precision, settings = choose_precision(experiment, device), experiment.backbone
    batches: list[list[torch.Tensor]] = []
    with (
        folded_batch_norms(backbone),
        torch.inference_mode(),
        autocast(precision, device),
    ):
        for pixels in crop_batches(store, crops, BATCH[device.type], device):
            stages = backbone(normalise(pixels, settings.mean, settings.std, device))
            batches.append([mean_over_positions(stage.float()).cpu() for stage in stages])
    images = len(np.unique(crops.rows))
    return [
        torch.cat(stage).double().numpy().reshape(images, -1, stage[0].shape[1]).mean(axis=1)
        for stage in zip(*batches, strict=True)
    ]
