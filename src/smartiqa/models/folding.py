"""BatchNorms folded into convolutions, which spares predictions a pass over every map."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator

from timm.layers.conv2d_same import Conv2dSame
from timm.layers.norm_act import BatchNormAct2d
from timm.layers.padding import pad_same
from timm.models._features import FeatureHookNet
from torch import Tensor, fx, nn
from torch.fx.experimental.optimization import fuse
from torch.fx.proxy import TraceError

from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.depthwise import learn_as_pytorch


@contextlib.contextmanager
def folded_batch_norms(backbone: FeatureBackbone) -> Iterator[None]:
    """Fold each BatchNorm into the convolution before it.

    For a backbone in evaluation mode, and only as long as the context lasts.
    """
    network = backbone.network
    fold_batch_norms(backbone)
    try:
        yield
    finally:
        backbone.network = network


def fold_batch_norms(backbone: FeatureBackbone) -> None:
    """Fold as `folded_batch_norms` does, for good: the backbone can no longer be trained.

    A network without such pairs, or one that PyTorch cannot trace, stays as it is. So does one
    whose maps are collected by hooks, which a traced copy does not have, and one that uses a layer
    in two places.
    """
    named = backbone.network.named_modules(remove_duplicate=False)
    layers = [layer for _, layer in named if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)]
    normed = any(isinstance(layer, nn.BatchNorm2d) for layer in layers)
    shared = len(set(layers)) < len(layers)
    if normed and not shared and not isinstance(backbone.network, FeatureHookNet):
        network = copy.deepcopy(backbone.network)
        learn_as_pytorch(network)
        take_apart(network)
        with contextlib.suppress(TraceError):
            backbone.network = fuse(network, inplace=True)


class SamePadding(nn.Module):
    """TensorFlow's padding before a convolution."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.geometry = [
            [*pair] for pair in (convolution.kernel_size, convolution.stride, convolution.dilation)
        ]

    def forward(self, input: Tensor) -> Tensor:
        """Pad (batch, channels, height, width) so that no position is lost."""
        return pad(input, *self.geometry)


@fx.wrap
def pad(input: Tensor, kernel: list[int], stride: list[int], dilation: list[int]) -> Tensor:
    """Pad as timm does; a network that is traced keeps this function whole."""
    padded: Tensor = pad_same(input, kernel, stride, dilation)
    return padded


def take_apart(network: nn.Module) -> None:
    """Put PyTorch's layers in place of those of timm that do several things: it folds its own."""
    for name, layer in network.named_children():
        if type(layer) is BatchNormAct2d:
            then = (layer.drop, layer.act)
            del layer.drop, layer.act
            layer.__class__ = nn.BatchNorm2d  # type: ignore[assignment]
            setattr(network, name, nn.Sequential(layer, *then))
        elif type(layer) is Conv2dSame:
            layer.__class__ = nn.Conv2d  # type: ignore[assignment]
            setattr(network, name, nn.Sequential(SamePadding(layer), layer))
        else:
            take_apart(layer)
