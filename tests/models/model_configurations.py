"""Configurations small enough to run in tests, and images for them."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model

CROP = 64
SMALL_SWIN = Backbone(
    name="swin_tiny_patch4_window7_224",
    options={"img_size": CROP, "embed_dim": 24, "depths": [2, 2, 2, 2], "num_heads": [1, 2, 4, 8]},
)
HYPERIQA = Model(hyper_input="last_stage", gate="none")
SMART = Model()

SEVERAL_STAGES = list(
    itertools.product(
        ("all_stages", "super_semantic_vector"),
        ("none", "softmax", "sigmoid", "squeeze_excitation"),
        ("none", "afa", "own_width"),
    )
)
ONE_STAGE = [("last_stage", "none", "none"), ("last_stage", "squeeze_excitation", "none")]
CONFIGURATIONS = [
    Model(hyper_input=hyper_input, gate=gate, projection=projection, **head)
    for hyper_input, gate, projection in SEVERAL_STAGES + ONE_STAGE
    for head in ({}, {"regressor": "fixed"}, {"design": "cnn_variant"})
    if (hyper_input, head) != ("super_semantic_vector", {"design": "cnn_variant"})
]


def label(model: Model) -> str:
    keys = (model.hyper_input, model.gate, model.projection, model.regressor, model.design)
    return "-".join(keys)


def images(count: int, crop: int = CROP, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 3, crop, crop, generator=torch.Generator().manual_seed(seed))


def formula_tensor(name: str, shape: Sequence[int]) -> torch.Tensor:
    """Values that depend on a tensor's name alone, neither too small nor too large.

    This is the formula of `reference/*.json`: with g standard normal from the name's checksum, a
    running variance is 1 + 0.1 |g|; means, biases and bias tables are 0.1 g; other vectors are
    1 + 0.1 g; all else is g / sqrt(fan in).
    """
    g = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(tuple(shape))
    if name.endswith("running_var"):
        values = 1 + 0.1 * np.abs(g)
    elif name.endswith(("running_mean", "bias", "relative_position_bias_table")):
        values = 0.1 * g
    elif g.ndim == 1:
        values = 1 + 0.1 * g
    else:
        values = g / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(np.asarray(values)).float()


def fill_by_formula(model: nn.Module) -> None:
    """Give a model weights with which different images get clearly different scores."""
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not name.endswith("attn_mask"):
            tensor.copy_(formula_tensor(name, tensor.shape))
