"""A run that is looked into, with the central crops of some test photos of its own dataset."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.config.experiment import Experiment
from smartiqa.data.crops import cut_crops
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.prediction import load_run
from smartiqa.machine.precision import Precision, choose_precision
from smartiqa.models.inference import BATCH, CropScores, central_crops, score_arrays
from smartiqa.models.quality import QualityModel


class PhotoCrops(NamedTuple):
    """A run, and one crop of each photo.

    Attributes:
        experiment: the run's settings.
        model: in evaluation mode, without gradients by its parameters.
        precision: the number format of the run.
        crops: (photos, crop, crop, 3), uint8.
        qualities: (photos,), the true ones.
        contents: what each photo shows.
    """

    experiment: Experiment
    model: QualityModel
    precision: Precision
    crops: NDArray[np.uint8]
    qualities: tuple[float, ...]
    contents: tuple[str, ...]

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def batches(self, crops: NDArray[np.uint8]) -> tuple[Tensor, ...]:
        """Divide crops (number, crop, crop, 3) into batches that suit the device."""
        return torch.split(torch.from_numpy(crops), BATCH[self.device.type])

    def scored(self, crops: NDArray[np.uint8]) -> CropScores:
        """Score crops (number, crop, crop, 3) with the run's model."""
        return score_arrays(self.model, self.experiment.backbone, [*crops], self.precision)


def photo_crops(run: Path, manifest: Path, store: Path, photos: int) -> PhotoCrops:
    """Load a run, and cut the central crops of at most so many test photos.

    Raises:
        InputError: there are no test images, or the store was not made from the manifest.
    """
    experiment, model = load_run(run)
    images, pixels, _ = open_split(manifest, store, "test")
    chosen = images.set_index("id").loc[spread_over_quality(images, photos)].reset_index()
    rows = pixels.rows(chosen["id"].tolist())
    return PhotoCrops(
        experiment=experiment,
        model=model.eval().requires_grad_(requires_grad=False),
        precision=choose_precision(experiment, next(model.parameters()).device),
        crops=cut_crops(pixels, central_crops(pixels, rows, experiment.crop)),
        qualities=tuple(chosen["quality"].tolist()),
        contents=tuple(chosen["content"].tolist()),
    )


def spread_over_quality(images: pd.DataFrame, photos: int) -> list[str]:
    """Return the ids of at most `photos` images at even ranks of quality, from worst to best."""
    ranked = images.sort_values(["quality", "id"])["id"].tolist()
    places = np.linspace(0, len(ranked) - 1, min(photos, len(ranked)))
    return [ranked[round(place)] for place in places]
