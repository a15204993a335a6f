"""The hyper network: from an image's content to the weights that rate it (HyperIQA, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from smartiqa.models.backbones import mean_over_positions

Generated = tuple[tuple[Tensor, Tensor], ...]  # (batch, out, in) and (batch, out) of each layer


def flattened(generated: Generated) -> Tensor:
    """Return all generated values of each image, (batch, values), layer by layer."""
    return torch.cat([part.flatten(1) for layer in generated for part in layer], dim=1)


class HyperNetwork(nn.Module):
    """Generate the weights and biases of the target network for each image.

    A trunk of 1x1 convolutions describes the content in few channels. From it, one convolution a
    target layer makes the weights, its channels and positions reshaped to (out, in), and linear
    layers on the average over positions make the biases and the last layer's few weights. On a
    1x1 grid (super semantic vector) the weight convolutions are plain linear layers.

    Args:
        channels: channels of the input.
        grid: positions of the input along each axis; its square must divide every in x out but
            the last.
        trunk: output channels of the trunk's convolutions.
        sizes: sizes of the target network's layers, from its input to its output.
        kernel: size of the weight convolutions (3 in HyperIQA, 1 in the CNN variant).
        dropout: rate on the content features.
    """

    def __init__(
        self,
        channels: int,
        grid: int,
        trunk: Sequence[int],
        sizes: Sequence[int],
        kernel: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        self.trunk = content_trunk(channels, trunk)
        self.dropout = nn.Dropout(dropout)
        kernel, content = min(kernel, grid), trunk[-1]
        *hidden, last = pairwise(sizes)
        self.weights = nn.ModuleList(
            nn.Conv2d(content, fan_in * fan_out // grid**2, kernel, padding=kernel // 2)
            for fan_in, fan_out in hidden
        )
        self.weights.append(nn.Linear(content, last[0] * last[1]))
        self.biases = nn.ModuleList(nn.Linear(content, size) for size in sizes[1:])

    def forward(self, fused: Tensor) -> Generated:
        """Map (batch, channels, grid, grid) to a weight and a bias for each layer and image."""
        content = self.dropout(self.trunk(fused))  # (batch, content, grid, grid)
        average = mean_over_positions(content)  # (batch, content)
        inputs = [content] * len(self.weights[:-1]) + [average]
        return tuple(
            (
                weight(x).reshape(-1, fan_out, fan_in),  # (batch, out, in)
                bias(average),  # (batch, out)
            )
            for weight, bias, x, (fan_in, fan_out) in zip(
                self.weights, self.biases, inputs, pairwise(self.sizes), strict=True
            )
        )

    @property
    def generated_values(self) -> int:
        """Weights and biases generated for each image."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(self.sizes))

    def initialise_as_published(self) -> None:
        """Draw the generating layers' weights from Kaiming's normal distribution (HyperIQA)."""
        for layer in (*self.weights, *self.biases):
            nn.init.kaiming_normal_(layer.weight)


class PointwiseConv2d(nn.Conv2d):
    """A 1x1 convolution as one matrix product over all positions, which trains faster."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 1)

    def forward(self, input: Tensor) -> Tensor:
        """Map (batch, in_channels, height, width) to (batch, out_channels, height, width)."""
        positions = input.permute(0, 2, 3, 1)  # no copy: maps are in channels_last order
        return F.linear(positions, self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)


def content_trunk(channels: int, widths: Sequence[int]) -> nn.Sequential:
    """1x1 convolutions to `widths`, each followed by a ReLU."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise([channels, *widths]):
        layers += [PointwiseConv2d(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers)
