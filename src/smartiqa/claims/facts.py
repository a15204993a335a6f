"""Facts that need neither data nor weights: read from timm, from our code and from the adapters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import timm
import torch
from torch import nn

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model, Recipe
from smartiqa.core.strict import validated
from smartiqa.data.adapters import adapter_names, load_adapter
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.counting import PUBLISHED_CROP, count_parameters
from smartiqa.models.fusion import GATE_HIDDEN
from smartiqa.models.quality import CNN_VARIANT_SIZES, TARGET_SIZES, build_on_meta
from smartiqa.training.optimisers import build_optimiser
from smartiqa.training.schedules import rates_of_epoch

BACKBONES = {
    "resnet50": "resnet50",
    "swin_tiny": "swin_tiny_patch4_window7_224",
    "swin_small": "swin_small_patch4_window7_224",
    "swin_base": "swin_base_patch4_window7_224",
}
LARGE_PRETRAINING = {"in21k": "ImageNet-22k", "in22k": "ImageNet-22k"}


def static_facts(published: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Collect the namespaces `backbones`, `models`, `configs` and `datasets`."""
    return {
        "backbones": {role: backbone_facts(name) for role, name in BACKBONES.items()},
        "models": model_facts(),
        "configs": {
            name: recipe_facts(published["recipes"][name]) for name in ("smart", "hyperiqa")
        },
        "datasets": dataset_facts(),
    }


def backbone_facts(name: str) -> dict[str, Any]:
    """Sizes of a timm network, built without content.

    Widths and maps are those of its four deepest stages at 224 pixels; depths, heads and window
    belong to Swin transformers. The pretraining is that of timm's default weights.
    """
    with torch.device("meta"):
        features = FeatureBackbone(Backbone(name=name), PUBLISHED_CROP)
        classifier: Any = timm.create_model(name)
    facts = {
        "widths": list(features.channels),
        "maps": [int(PUBLISHED_CROP // reduction) for reduction in features.reductions],
        "parameters": count_parameters(features),
        "parameters_with_classifier": count_parameters(classifier),
        "pretraining": pretraining_of(classifier.pretrained_cfg["tag"]),
    }
    return facts | (swin_facts(classifier) if name.startswith("swin") else {})


def pretraining_of(tag: str) -> str:
    """The data set that weights with timm's tag were first trained on."""
    return next((name for mark, name in LARGE_PRETRAINING.items() if mark in tag), "ImageNet-1k")


def swin_facts(network: Any) -> dict[str, Any]:
    """Blocks and attention heads of each stage, and the side of the attention's window."""
    first_blocks = [stage.blocks[0] for stage in network.layers]
    return {
        "depths": [len(stage.blocks) for stage in network.layers],
        "heads": [block.attn.num_heads for block in first_blocks],
        "window": first_blocks[0].window_size[0],
    }


def model_facts() -> dict[str, Any]:
    """Sizes of our heads, which load the published checkpoints, and one variant's count."""
    swin = Backbone(name=BACKBONES["swin_base"])
    projected = build_on_meta(Model(projection="afa"), swin, PUBLISHED_CROP)
    return {
        "gate_width": GATE_HIDDEN,
        "target_widths": list(TARGET_SIZES),
        "cnn_variant": {"target_widths": list(CNN_VARIANT_SIZES)},
        "smart_base_with_projections": {"parameters": count_parameters(projected)},
    }


def recipe_facts(published: Mapping[str, Any]) -> dict[str, Any]:
    """What a published recipe does, epoch by epoch, as its code was written.

    The optimiser is rebuilt after every epoch as HyperIQA's code does it; `trains_head` says for
    each epoch whether any parameter of the head is in it.
    """
    settings = {key: value for key, value in published.items() if key in Recipe.model_fields}
    # Neither the loss nor validation crops, which the published codes do not have, play a part.
    settings |= {"loss": {}, "color_jitter": None, "validation_crops": 1}
    settings |= {"optimizer_lifetime": "rebuilt_as_published"}
    recipe = validated(Recipe, settings, "a recipe of the published numbers")
    backbone, head = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    epochs = range(recipe.epochs)
    optimisers = [build_optimiser(recipe, [backbone], [head], epoch) for epoch in epochs]
    return {
        "backbone_rate": [rates_of_epoch(recipe, epoch).backbone for epoch in epochs],
        "trains_head": [bool(optimiser.param_groups[1]["params"]) for optimiser in optimisers],
    }


def dataset_facts() -> dict[str, Any]:
    """Published sizes of the datasets that adapters know."""
    facts = {name: load_adapter(name).FACTS for name in adapter_names()}
    return {
        name: {"images": fact.images, "image_sizes": [list(size) for size in fact.image_sizes]}
        for name, fact in facts.items()
        if fact.images is not None
    }
