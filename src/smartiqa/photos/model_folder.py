"""A model as a folder in the form of Hugging Face's hub, which loads back without its run."""

from __future__ import annotations

import math
from importlib.metadata import version
from pathlib import Path

from safetensors.torch import save

from smartiqa.core.json_files import json_text
from smartiqa.photos.loading import CONFIG, WEIGHTS, SavedModel, open_model
from smartiqa.photos.model_card import model_card
from smartiqa.photos.new_files import new_folder
from smartiqa.training.checkpoints import copy_weights

CARD = "README.md"


def save_model(source: Path, output: Path) -> None:
    """Write a model as a folder: weights, `config.json`, and a model card.

    Args:
        source: folder of a run, or a released checkpoint.
        output: the folder to make.

    Raises:
        InputError: there is no such model, or the folder is there and not empty.
    """
    model = open_model(source)
    config = SavedModel(
        smartiqa=version("smartiqa"),
        description=model.description,
        settings=model.settings,
        backbone=model.backbone,
        crop=model.crop,
        resize=model.resize,
        compute=model.compute,
        precision=model.precision,
        half_width=None if math.isnan(model.margin.half_width) else model.margin.half_width,
        interval=model.margin.said,
        interval_crops=model.margin.crops,
    )
    with new_folder(output) as temporary:
        tensors = {name: own.contiguous() for name, own in copy_weights(model.network).items()}
        (temporary / WEIGHTS).write_bytes(save(tensors, {"format": "pt"}))
        text = json_text(config.model_dump(mode="json"))
        (temporary / CONFIG).write_text(text, encoding="utf-8")
        card = model_card(source, model, output.name)
        (temporary / CARD).write_text(card, encoding="utf-8")
