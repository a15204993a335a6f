"""Depthwise convolutions of our own: PyTorch's results, and no gradient of many columns."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from model_configurations import CROP, images
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn
from torch.autograd import gradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from smartiqa.config.backbone import Backbone
from smartiqa.models.backbones import FeatureBackbone
from smartiqa.models.depthwise import (
    COLUMNS,
    DepthwiseConv2d,
    convolve,
    learn_as_pytorch,
    learn_few_columns_at_a_time,
)

BACKWARD = torch.ops.aten.convolution_backward.default


class Widths(TorchDispatchMode):
    """Notes how many columns the depthwise weights have whose gradients are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is BACKWARD and args[9] > 1 and (args[10][1] or args[10][2]):
            self.seen.append(args[2].shape[3])
        return func(*args, **(kwargs or {}))


def layers(kernel: int | tuple[int, int], **options: Any) -> tuple[nn.Module, nn.Module]:
    """Ours and PyTorch's, with the same weights."""
    kind = options.pop("kind", nn.Conv2d)
    theirs = kind(8, 8, kernel, groups=8, dtype=torch.float64, **options)
    ours = copy.deepcopy(theirs)
    learn_few_columns_at_a_time(ours)
    assert type(ours) is not type(theirs)
    return ours, theirs


def gradients(layer: nn.Module, batch: Tensor) -> Iterator[Tensor]:
    batch = batch.clone().requires_grad_()
    result = layer(batch)
    yield result.detach()
    towards = torch.linspace(-1, 1, result.numel(), dtype=batch.dtype).reshape(result.shape)
    yield from torch.autograd.grad(result, [batch, *layer.parameters()], towards)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("stride", [1, 2, (2, 1), 3])
@pytest.mark.parametrize(
    ("kernel", "padding"),
    [(4, 0), (5, 2), (5, 0), (7, 3), (9, 4), (11, 5), ((3, 5), (1, 2)), ((1, 7), (0, 3))],
)
def test_values_and_gradients_are_those_of_pytorch(
    kernel: int | tuple[int, int], padding: Any, stride: Any, bias: bool
) -> None:
    ours, theirs = layers(kernel, padding=padding, stride=stride, bias=bias)
    batch = torch.randn(3, 8, 13, 12, dtype=torch.float64)
    for form in (torch.contiguous_format, torch.channels_last):
        given = batch.contiguous(memory_format=form)
        for one, other in zip(gradients(ours, given), gradients(theirs, given), strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [12, 13])
def test_tensorflows_padding_stays(stride: int, side: int) -> None:
    ours, theirs = layers(5, kind=Conv2dSame, stride=stride)
    batch = torch.randn(3, 8, side, 12, dtype=torch.float64)
    for one, other in zip(gradients(ours, batch), gradients(theirs, batch), strict=True):
        torch.testing.assert_close(one, other)


def test_gradients_are_differences_of_values() -> None:
    shapes = [(2, 3, 7, 7), (3, 1, 5, 5), (3,)]
    given = [torch.randn(shape, dtype=torch.float64).requires_grad_() for shape in shapes]
    assert gradcheck(lambda *x: convolve(*x, stride=(2, 1), padding=(2, 2)), given)


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "efficientnet_lite0", "convnext_atto"])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_network_learns_as_with_pytorchs_but_a_few_columns_at_a_time(
    name: str, mixed: bool
) -> None:
    torch.manual_seed(0)
    ours = FeatureBackbone(Backbone(name=name), CROP).train()
    theirs = copy.deepcopy(ours)
    learn_as_pytorch(theirs)
    assert not any(isinstance(module, DepthwiseConv2d) for module in theirs.modules())
    found, widths = [], []
    for network in (ours, theirs):
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            maps = network(images(2))
        with Widths() as noted:
            sum(part.float().square().mean() for part in maps).backward()  # type: ignore[union-attr]
        found.append([parameter.grad for parameter in network.parameters()])
        widths.append(max(noted.seen))
    assert widths[0] <= COLUMNS < widths[1]
    for one, other in zip(*found, strict=True):
        assert one is not None
        assert other is not None
        assert (one - other).norm() <= (0.02 if mixed else 1e-4) * other.norm() + 1e-12


def test_nothing_is_kept_where_nothing_learns() -> None:
    layer, batch = layers(5, padding=2)[0], torch.ones(1, 8, 6, 6, dtype=torch.float64)
    with torch.no_grad():
        assert layer(batch).grad_fn is None
    layer.requires_grad_(False)
    assert type(layer(batch.requires_grad_()).grad_fn).__name__ == "ConvolutionBackward0"


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(8, 8, 3, groups=8),
        nn.Conv2d(8, 8, 5),
        nn.Conv2d(8, 16, 5, groups=8),
        nn.Conv2d(8, 8, 5, groups=8, dilation=2),
        nn.Conv2d(8, 8, 5, groups=8, padding=2, padding_mode="reflect"),
        nn.Conv2d(8, 8, 5, groups=8, padding="same"),
    ],
)
def test_other_convolutions_stay_as_they_are(layer: nn.Conv2d) -> None:
    learn_few_columns_at_a_time(layer)
    assert type(layer) is nn.Conv2d
