"""Score the images of one split of a dataset, as a rule the test images, with one trained run.

Writes one row an image (the mean over its crops) and one row a crop (with its position), so that
every later number can be traced to what the model said about which pixels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from smartiqa.config.experiment import Experiment, Testing
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_together
from smartiqa.core.strict import validated
from smartiqa.data.crops import CropPlan
from smartiqa.data.prepared import open_split
from smartiqa.machine.precision import choose_precision
from smartiqa.machine.process import set_up_for
from smartiqa.models.backbones import load_weights
from smartiqa.models.inference import CropScores, place_crops, score_crops
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.results.run_files import read_config

CROP_SEED = 2020  # the same crops for every run and seed, so that runs differ by their models only
IMAGE_COLUMNS = ["id", "quality", "content", "distortion", "level"]


def load_run(run: Path) -> tuple[Experiment, QualityModel]:
    """Load a trained run: its settings and its model with the chosen weights, on its device.

    Raises:
        InputError: the run is not finished, or its files do not belong together.
    """
    experiment = validated(
        Experiment, read_config(run)["experiment"], f"{run / 'config.json'}, experiment"
    )
    device = set_up_for(experiment.compute)
    model = build_model(experiment.model, experiment.backbone, experiment.crop)
    load_weights(model, run / "best.safetensors")
    return experiment, model.to(device)


def predict_run(
    run: Path,
    trained_as: str,
    testing: Testing,
    manifest: Path,
    store: Path,
    output: Path,
    split: str = "test",
) -> None:
    """Score one split of a dataset with a trained run; see `predict_dataset`.

    Raises:
        InputError: the run is one of another experiment than `trained_as`, or as from `load_run`
            and `predict_dataset`.
    """
    found = read_config(run)["experiment"]["id"]
    if found != trained_as:
        raise InputError(f"{run} is a run of {found}; give one of {trained_as}")
    predict_dataset(*load_run(run), testing, manifest, store, output, split)


def predict_dataset(
    experiment: Experiment,
    model: QualityModel,
    testing: Testing,
    manifest: Path,
    store: Path,
    output: Path,
    split: str = "test",
) -> None:
    """Write `output` (one row an image) and `<output>_crops.parquet` (one row a crop).

    Raises:
        InputError: the split has no images, or the store was not made from the manifest.
    """
    images, pixels, rows = open_split(manifest, store, split)
    device = next(model.parameters()).device
    placed = place_crops(pixels, rows, testing, experiment.crop, CROP_SEED)
    scored = score_crops(
        model,
        experiment.backbone,
        pixels,
        placed,
        choose_precision(experiment, device),
    )
    crops = crop_table(pixels.ids, placed, scored, testing.crops)
    by_crop = output.with_name(f"{output.stem}_crops.parquet")
    with replace_together(by_crop, output) as (beside, temporary):
        crops.to_parquet(beside, index=False)
        image_table(images, crops).to_parquet(temporary, index=False)


def crop_table(
    ids: np.ndarray[tuple[int], np.dtype[np.object_]],
    placed: CropPlan,
    scored: CropScores,
    crops_per_image: int,
) -> pd.DataFrame:
    """One row a crop: id, crop number, top and left in pixels, prediction, attention by stage."""
    table = pd.DataFrame({"id": ids[placed.rows]})
    table["crop"] = np.tile(np.arange(crops_per_image), len(table) // crops_per_image)
    table["top"], table["left"] = placed.positions
    table["prediction"] = scored.scores
    if scored.attention is not None:
        for stage, weights in enumerate(scored.attention.T, start=1):
            table[f"attention_{stage}"] = weights
    return table


def image_table(images: pd.DataFrame, crops: pd.DataFrame) -> pd.DataFrame:
    """One row an image: its label and the mean over its crops."""
    means = crops.drop(columns=["crop", "top", "left"]).groupby("id", sort=False).mean()
    return images[IMAGE_COLUMNS].merge(means, on="id", validate="one_to_one")
