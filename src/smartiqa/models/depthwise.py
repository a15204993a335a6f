"""Depthwise convolutions whose weights learn as fast on a CPU as their maps are computed.

oneDNN, which convolves for PyTorch on a CPU, has a kernel for the gradient of depthwise weights of
up to three columns. Wider ones it computes as if all channels of a block saw each other, at 9 to 93
times the cost of the forward pass (`docs/explanation/benchmarks.md`). A column's gradient does not
depend on the other columns, so here they are computed up to three at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from timm.layers.conv2d_same import Conv2dSame
from timm.layers.padding import pad_same
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

COLUMNS = 3  # that oneDNN's kernel takes at most
IMAGES = 4  # at a time, so that what is copied for them stays in the processor's cache
Sides = tuple[int, ...]  # of two


class DepthwiseConv2d(nn.Conv2d):
    """A convolution of each channel by itself."""

    def forward(self, input: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to as many channels."""
        padding: Any = self.padding
        return convolve(input, self.weight, self.bias, self.stride, padding)


class DepthwiseConv2dSame(Conv2dSame):
    """The same with TensorFlow's way of padding."""

    def forward(self, input: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to as many channels."""
        padded = pad_same(input, [*self.kernel_size], [*self.stride])
        return convolve(padded, self.weight, self.bias, self.stride, (0, 0))


OURS: dict[type[nn.Module], type[nn.Module]] = {
    nn.Conv2d: DepthwiseConv2d,
    Conv2dSame: DepthwiseConv2dSame,
}
THEIRS = {ours: theirs for theirs, ours in OURS.items()}


def learn_few_columns_at_a_time(network: nn.Module) -> None:
    """Let every depthwise convolution of more than three columns be one of this module."""
    for module in network.modules():
        if (
            isinstance(module, nn.Conv2d)
            and type(module) in OURS
            and module.groups == module.in_channels == module.out_channels
            and module.kernel_size[1] > COLUMNS
            and module.dilation == (1, 1)
            and module.padding_mode == "zeros"
            and not isinstance(module.padding, str)
        ):
            ours: Any = OURS[type(module)]
            module.__class__ = ours  # the parameters keep their names


def learn_as_pytorch(network: nn.Module) -> None:
    """Undo `learn_few_columns_at_a_time`."""
    for module in network.modules():
        module.__class__ = THEIRS.get(type(module), type(module))


def convolve(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Sides, padding: Sides
) -> Tensor:
    """Convolve as `F.conv2d` does with a group for each channel, in autocast's number format."""
    if not (input.device.type == "cpu" and torch.is_grad_enabled() and weight.requires_grad):
        return F.conv2d(input, weight, bias, stride, padding, groups=len(weight))
    if torch.is_autocast_enabled("cpu") and input.dtype != torch.float64:
        dtype = torch.get_autocast_dtype("cpu")
        input, weight = input.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    return _Depthwise.apply(input, weight, bias, stride, padding)  # type: ignore[no-any-return]


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        stride: Sides,
        padding: Sides,
    ) -> Tensor:
        context.save_for_backward(input, weight)
        context.geometry = (stride, padding)
        return F.conv2d(input, weight, bias, stride, padding, groups=len(weight))

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        input, weight = context.saved_tensors
        of_input, of_weight, of_bias = context.needs_input_grad[:3]
        given = (gradient, input, weight, *context.geometry)
        return (
            _gradients([True, False, False], *given)[0] if of_input else None,
            _weight_gradient(*given) if of_weight else None,
            # oneDNN computes that of the biases beside that of the weights alone.
            gradient.sum((0, 2, 3)) if of_bias else None,
            None,
            None,
        )


def _weight_gradient(
    gradient: Tensor, input: Tensor, weight: Tensor, stride: Sides, padding: Sides
) -> Tensor:
    """Return the gradient of the weights (channels, 1, height, width), a few columns at a time."""
    columns = weight.tensor_split(-(-weight.shape[3] // COLUMNS), dim=3)
    total = torch.zeros_like(weight, dtype=torch.promote_types(weight.dtype, torch.float32))
    for first in range(0, len(input), IMAGES):
        few = slice(first, first + IMAGES)
        total += _by_columns(gradient[few], input[few], columns, stride, padding)
    return total.to(weight.dtype)


def _by_columns(
    gradient: Tensor, input: Tensor, columns: Sequence[Tensor], stride: Sides, padding: Sides
) -> Tensor:
    down, across = padding
    padded = F.pad(input, (across, across, down, down))
    reach = stride[1] * (gradient.shape[3] - 1)  # from the first position of a column to its last
    parts, first = [], 0
    for part in columns:
        end = first + part.shape[3]
        seen = padded[..., first : reach + end].contiguous(memory_format=torch.channels_last)
        given = (gradient, seen, part.contiguous(), stride, (0, 0))
        parts.append(_gradients([False, True, False], *given)[1])
        first = end
    return torch.cat(parts, dim=3)


def _gradients(
    wanted: list[bool],
    gradient: Tensor,
    input: Tensor,
    weight: Tensor,
    stride: Sides,
    padding: Sides,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return those gradients of input, weights and biases that are wanted."""
    geometry = ([*stride], [*padding], [1, 1], False, [0, 0], len(weight))
    found: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
        gradient, input, weight, None, *geometry, wanted
    )
    return found
