"""What the stages of a trained backbone respond to in a bad and in a good photo.

The bad photo is the test image at the 5th percentile of the true scores. The good one is the best
test image of the same reference photo, so that content does not confound the comparison; where
images have no reference, it is the one at the 95th percentile. Of each, the central crop is shown
to the model, and a map is the mean absolute activation over the channels of one stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.config.experiment import Experiment
from smartiqa.core.files import replace_atomically
from smartiqa.data.crops import CropPlan, cut_crops
from smartiqa.data.prepared import open_split
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.evaluation.prediction import load_run
from smartiqa.machine.precision import choose_precision
from smartiqa.metrics.by_quality import nearest_to_percentile
from smartiqa.models.inference import central_crops, kept_of_stages, outputs
from smartiqa.models.quality import QualityModel

LOW_PERCENTILE, HIGH_PERCENTILE = 5, 95

Maps = NDArray[np.float32]


def contrasting_images(images: pd.DataFrame) -> tuple[str, str]:
    """Choose a bad and a good image.

    Args:
        images: one row an image, columns id, quality and reference ("" where there is none).

    Returns:
        Their ids.
    """
    quality = images.set_index("id")["quality"]
    low = nearest_to_percentile(quality, LOW_PERCENTILE)
    references = images.set_index("id")["reference"]
    relatives = quality[references == references[low]]
    if references[low] == "" or len(relatives) == 1:
        return low, nearest_to_percentile(quality, HIGH_PERCENTILE)
    return low, str(relatives.idxmax())


def stage_maps(
    experiment: Experiment, model: QualityModel, store: PixelStore, crops: CropPlan
) -> list[Maps]:
    """Return the mean absolute activation of each stage, (crops, height, width), shallow first."""
    precision = choose_precision(experiment, next(model.parameters()).device)
    with kept_of_stages(model, mean_sizes) as kept:
        for _ in outputs(model, experiment.backbone, store, crops, precision):
            pass
    (maps,) = kept  # a handful of crops is one batch
    return maps


def mean_sizes(stages: Sequence[Tensor]) -> list[Maps]:
    """Average sizes over the channels of each stage (batch, channels, height, width)."""
    return [stage.float().abs().mean(dim=1).cpu().numpy() for stage in stages]


def write_feature_maps(run: Path, manifest: Path, store: Path, output: Path) -> None:
    """Write `output`: image_low, image_high (crop, crop, 3), low_1 .. high_4 (height, width).

    Raises:
        InputError: there is no test image, or the store was not made from the manifest.
    """
    experiment, model = load_run(run)
    images, pixels, _ = open_split(manifest, store, "test")
    rows = pixels.rows(contrasting_images(images))
    crops = central_crops(pixels, rows, experiment.crop)
    photos = cut_crops(pixels, crops)
    arrays = {"image_low": photos[0], "image_high": photos[1]}
    for number, maps in enumerate(stage_maps(experiment, model, pixels, crops), start=1):
        arrays |= {f"low_{number}": maps[0], f"high_{number}": maps[1]}
    with replace_atomically(output) as temporary:
        np.savez(temporary, **arrays)
