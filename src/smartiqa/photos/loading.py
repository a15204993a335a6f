"""Load what scores photos: a run, a folder made of one, or a checkpoint that was released."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

from huggingface_hub import constants

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Compute, Model
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.core.strict import Count, NonNegative, Strict, Text, validated
from smartiqa.data.store.building import ResizeRule
from smartiqa.evaluation.prediction import load_run
from smartiqa.machine.precision import Precision, choose_precision
from smartiqa.machine.process import set_up_for
from smartiqa.models.backbones import load_strictly, read_safetensors
from smartiqa.models.counting import PUBLISHED_CROP, published_configurations
from smartiqa.models.folding import fold_batch_norms
from smartiqa.models.published import load_published, nearest_published, published_label
from smartiqa.models.quality import build_model
from smartiqa.models.tensor_files import read_tensors
from smartiqa.photos.model import PhotoModel
from smartiqa.photos.runs import Margin, margin_of_run, resize_of_run, worth_of_run
from smartiqa.photos.sources import find_source

PUBLISHED_RESIZE = ResizeRule("squash", (512, 384))
MADE_BY = "export-model"
WEIGHTS, CONFIG = constants.SAFETENSORS_SINGLE_FILE, constants.CONFIG_NAME


class SavedModel(Strict):
    """The content of `config.json` in a folder: all that a `PhotoModel` is, but for its weights.

    `half_width`, `interval` and `interval_crops` are its margin; null where it has none.
    """

    model_type: Literal["smartiqa"] = "smartiqa"
    smartiqa: Text
    description: Text
    settings: Model
    backbone: Backbone
    crop: Count
    resize: ResizeRule
    compute: Compute
    precision: Precision
    half_width: NonNegative | None
    interval: Text
    interval_crops: Count | None = None


def load_model(source: str | Path | None = None, *, profiles: bool = True) -> PhotoModel:
    """Load what scores photos.

    Threads, device and number format are those of the run, for this whole process: with others
    the last digits of scores would differ.

    >>> import smartiqa
    >>> model = smartiqa.load_model("results/demo/runs/C3/seed1")
    >>> model.stages, model.resize.kind
    (4, 'none')

    Args:
        source: folder of a trained run, folder that `export-model --format huggingface` wrote, or
            file of a checkpoint that the authors of HyperIQA or SMART-IQA released; None takes the
            demo's own model.
        profiles: whether colours are brought to sRGB by a photo's profile; False reads all pixels
            as trainings do.

    Raises:
        InputError: there is no such model, or it does not say how to resize photos.
    """
    model = open_model(find_source(None if source is None else Path(source)))
    fold_batch_norms(model.network.backbone)
    return replace(model, managed=profiles)


def open_model(path: Path) -> PhotoModel:
    """Load as `load_model` does, with all tensors as they were trained."""
    if path.is_file():
        model = released_model(path)
    else:
        model = saved_model(path) if (path / WEIGHTS).is_file() else trained_model(path)
    model.network.eval()
    return model


def trained_model(run: Path) -> PhotoModel:
    """Load a trained run."""
    experiment, network = load_run(run)
    return PhotoModel(
        description=worth_of_run(run),
        margin=margin_of_run(run),
        network=network,
        settings=experiment.model,
        backbone=experiment.backbone,
        crop=experiment.crop,
        resize=resize_of_run(run, experiment.recipe.resize),
        compute=experiment.compute,
        precision=choose_precision(experiment, next(network.parameters()).device),
    )


def released_model(path: Path) -> PhotoModel:
    """Load a released checkpoint; its tensors tell which published configuration it is of.

    Raises:
        InputError: it is of none, or not readable.
    """
    tensors = read_tensors(path)
    if (label := published_label(tensors)) is None:
        raise InputError(
            f"{path} is no checkpoint of a published configuration of HyperIQA or SMART-IQA; "
            + (nearest_published(tensors) or "of a run of your own give the folder")
        )
    settings, backbone = published_configurations()[label]
    compute = Compute(threads=os.cpu_count() or 1, precision="float32")  # as published
    device = set_up_for(compute)
    network = build_model(settings, backbone, PUBLISHED_CROP)
    load_published(network, path)
    return PhotoModel(
        description=f"{label}, the checkpoint {path.name}; nothing here has measured it",
        margin=Margin(math.nan, "none: a released checkpoint comes without validation images"),
        network=network.to(device),
        settings=settings,
        backbone=backbone,
        crop=PUBLISHED_CROP,
        resize=PUBLISHED_RESIZE,
        compute=compute,
        precision="float32",
    )


def saved_model(path: Path) -> PhotoModel:
    """Load a folder that `save_model` wrote.

    Raises:
        InputError: its `config.json` is missing or of something else, or the weights do not fit.
    """
    content = read_json(path / CONFIG, ["model_type"], MADE_BY, check=Path)  # it has no digest
    config = validated(SavedModel, content, f"{path / CONFIG}")
    device = set_up_for(config.compute)
    network = build_model(config.settings, config.backbone, config.crop)
    load_strictly(network, read_safetensors(path / WEIGHTS), str(path / WEIGHTS))
    return PhotoModel(
        description=config.description,
        margin=Margin(
            math.nan if config.half_width is None else config.half_width,
            config.interval,
            config.interval_crops,
        ),
        network=network.to(device),
        settings=config.settings,
        backbone=config.backbone,
        crop=config.crop,
        resize=config.resize,
        compute=config.compute,
        precision=config.precision,
    )
