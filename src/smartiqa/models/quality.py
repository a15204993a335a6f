"""The assembled quality model: HyperIQA, SMART-IQA and everything between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model
from smartiqa.core.choices import Choice
from smartiqa.core.errors import InputError
from smartiqa.models.backbones import WORKING, FeatureBackbone, usual_crop
from smartiqa.models.fusion import Fusion, PooledProjection
from smartiqa.models.hyper_network import Generated, HyperNetwork
from smartiqa.models.local_distortion import TARGET_INPUT, LocalDistortion, check_crop
from smartiqa.models.target_network import FixedRegressor, HyperRegressor, TargetNetwork

TARGET_SIZES = (TARGET_INPUT, 112, 56, 28, 14, 1)
CONTENT_CHANNELS = 112
CNN_VARIANT_SIZES = (112, 224, 112, 56, 28, 1)
CNN_VARIANT_TRUNK = (512,)
Head = Callable[[Model, FeatureBackbone, Fusion, float], tuple[nn.Module, nn.Module]]


class QualityOutput(NamedTuple):
    """What a model says about a batch of images.

    Attributes:
        scores: (batch,), on the scale of the training labels (0 to 100, higher is better).
        attention: (batch, stages), the gate's weight of each stage; None without a gate.
        generated: the target network's layers, (batch, out, in) and (batch, out) each; None with
            a fixed regressor.
        target_input: (batch, features), what the target network rates.
        fused: (batch, channels, grid, grid), what weights are generated from.
    """

    scores: Tensor
    attention: Tensor | None
    generated: Generated | None
    target_input: Tensor
    fused: Tensor


class QualityModel(nn.Module):
    """Rate images; see `build_model` for the parts."""

    def __init__(
        self,
        backbone: FeatureBackbone,
        fusion: Fusion,
        target_input: nn.Module,
        regressor: nn.Module,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.fusion = fusion
        self.target_input = target_input
        self.regressor = regressor

    def forward(self, images: Tensor) -> QualityOutput:
        """Rate normalised images (batch, 3, crop, crop)."""
        stages = self.backbone(images)  # four (batch, channels, height, width)
        fused, attention = self.fusion(stages)  # (batch, channels, grid, grid), (batch, stages)
        target_input = self.target_input(stages, fused)  # (batch, features)
        scores, generated = self.regressor(target_input, fused)  # (batch,)
        return QualityOutput(scores, attention, generated, target_input, fused)

    def backbone_parameters(self) -> list[nn.Parameter]:
        """Parameters that train at the backbone's rate.

        As in both published solvers, the local distortion layers belong to this group.
        """
        parameters = list(self.backbone.parameters())
        if isinstance(self.target_input, LocalDistortion):
            parameters += self.target_input.parameters()
        return parameters

    def head_parameters(self) -> list[nn.Parameter]:
        """All other parameters, which train at the head's rate."""
        backbone = {id(parameter) for parameter in self.backbone_parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in backbone]


def build_model(model: Model, backbone: Backbone, crop: int) -> QualityModel:
    """Build the model of a configuration with random weights, for `crop` x `crop` images.

    Layers are initialised as in the published code: Kaiming normal for the local distortion layers
    and the layers that generate weights, N(0, 0.01) for the gate, PyTorch's defaults elsewhere.

    Raises:
        InputError: keys that exclude one another, an unknown backbone, or a crop too small for it.
    """
    dropout = backbone.dropout if model.dropout is None else model.dropout
    drop_path = backbone.drop_path if model.drop_path is None else model.drop_path
    features = FeatureBackbone(backbone, crop, drop_path)
    check_crop(backbone.name, crop, features.reductions, features.step)
    fusion = Fusion(features.channels, model)
    target_input, regressor = HEADS.of(model)(model, features, fusion, dropout)
    return QualityModel(features, fusion, target_input, regressor)


def hyperiqa_head(
    model: Model, backbone: FeatureBackbone, fusion: Fusion, dropout: float
) -> tuple[nn.Module, nn.Module]:
    """Local distortion features, rated by the regressor that `model` asks for."""
    trunk = trunk_widths(backbone.channels[-1])
    target_input = LocalDistortion(backbone.channels)
    return target_input, REGRESSORS.of(model)(fusion, trunk, dropout)


def hyper_regressor(fusion: Fusion, trunk: Sequence[int], dropout: float) -> HyperRegressor:
    """HyperIQA's: a target network of sigmoids with weights made for each image."""
    hyper_network = HyperNetwork(fusion.channels, fusion.grid, trunk, TARGET_SIZES, 3, dropout)
    hyper_network.initialise_as_published()
    return HyperRegressor(hyper_network, TargetNetwork(nn.Sigmoid(), dropout))


def fixed_regressor(fusion: Fusion, trunk: Sequence[int], dropout: float) -> nn.Module:
    """The same weights for all images."""
    return FixedRegressor(fusion.channels, trunk, TARGET_SIZES, dropout)


def cnn_variant_head(
    model: Model, backbone: FeatureBackbone, fusion: Fusion, dropout: float
) -> tuple[nn.Module, nn.Module]:
    """Target input and regressor of the published ResNet study, smaller than HyperIQA's.

    No local distortion features, a trunk of one layer, 1x1 weight convolutions, and a ReLU target
    network without dropout that reads the projected fused features.
    """
    hyper_network = HyperNetwork(
        fusion.channels, fusion.grid, CNN_VARIANT_TRUNK, CNN_VARIANT_SIZES, 1, dropout
    )
    target_network = TargetNetwork(nn.ReLU(), dropout=0.0)
    return (
        PooledProjection(fusion.channels, CNN_VARIANT_SIZES[0]),
        HyperRegressor(hyper_network, target_network),
    )


REGRESSORS: Choice[Callable[[Fusion, Sequence[int], float], nn.Module]] = Choice(
    Model, "regressor", {"hyper_network": hyper_regressor, "fixed": fixed_regressor}
)
# Target input and regressor.
HEADS: Choice[Head] = Choice(
    Model, "design", {"hyperiqa": hyperiqa_head, "cnn_variant": cnn_variant_head}
)


def trunk_widths(deepest: int) -> tuple[int, int, int]:
    """Widths of the content trunk for a backbone whose deepest stage has `deepest` channels.

    The first is the largest power of two below `deepest`, the second half of it, none below the
    112 content channels. This gives HyperIQA's 1024-512-112 for ResNet-50 and SMART-IQA's
    512-256-112 for all three Swins.
    """
    first = 1 << ((deepest - 1).bit_length() - 1)
    return max(first, CONTENT_CHANNELS), max(first // 2, CONTENT_CHANNELS), CONTENT_CHANNELS


def generated_values(model: QualityModel) -> int | None:
    """Weights and biases that a model generates for each image; None with a fixed regressor."""
    regressor = model.regressor
    if isinstance(regressor, HyperRegressor):
        return regressor.hyper_network.generated_values
    return None


def build_on_meta(model: Model, backbone: Backbone, crop: int) -> QualityModel:
    """Build a model whose tensors have shapes but no content."""
    with torch.device("meta"):
        return build_model(model, backbone, crop).eval()


def try_on_meta(model: Model, backbone: Backbone, crop: int) -> QualityModel:
    """Build a model as `build_on_meta` does, and let one image through it.

    Raises:
        InputError: as from `build_model`, or timm's network fails on a crop of this size, or its
            maps are not what timm says of them.
    """
    built = build_on_meta(model, backbone, crop)
    try:
        built(torch.empty(1, 3, crop, crop, device="meta"))
    except (AssertionError, IndexError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).split("\n")[0] or type(error).__name__
        raise InputError(
            f"backbone '{backbone.name}' fails on a crop of {crop} pixels ({reason}); its own size "
            f"is {usual_crop(backbone)}; if that is no help, {WORKING}"
        ) from error
    return built
