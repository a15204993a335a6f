"""Rating: the target network with weights made for each image, or a fixed regressor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from smartiqa.machine.precision import full_float32
from smartiqa.models.backbones import mean_over_positions
from smartiqa.models.hyper_network import Generated, HyperNetwork, content_trunk


class TargetNetwork(nn.Module):
    """Apply each image's generated layers to its target input (HyperIQA, section 3.4, equation 4).

    The generated layers are applied in full float32, whatever the other layers compute in: in
    bfloat16 a score around 70 could only change in steps of 0.5.

    Args:
        activation: between the layers.
        dropout: rate after each activation but the last (as published by SMART-IQA).
    """

    def __init__(self, activation: nn.Module, dropout: float) -> None:
        super().__init__()
        self.activation = activation
        self.dropout = nn.Dropout(dropout)

    def forward(self, target_input: Tensor, generated: Generated) -> Tensor:
        """Map (batch, features) and the layers of the same images to scores (batch,)."""
        x = target_input.float()
        with full_float32(x.device):
            for depth, (weight, bias) in enumerate(generated, start=1):
                # One matrix an image: (batch, out, in) @ (batch, in, 1) + (batch, out, 1)
                x = torch.baddbmm(bias.float()[..., None], weight.float(), x[..., None])[..., 0]
                if depth < len(generated):
                    x = self.activation(x)
                if depth < len(generated) - 1:
                    x = self.dropout(x)
        return x[:, 0]  # (batch,)


class HyperRegressor(nn.Module):
    """Generate a target network for each image and rate the image with it."""

    def __init__(self, hyper_network: HyperNetwork, target_network: TargetNetwork) -> None:
        super().__init__()
        self.hyper_network = hyper_network
        self.target_network = target_network

    def forward(self, target_input: Tensor, fused: Tensor) -> tuple[Tensor, Generated]:
        """Map (batch, features) and (batch, channels, grid, grid) to scores (batch,) and layers."""
        generated = self.hyper_network(fused)
        return self.target_network(target_input, generated), generated


class FixedRegressor(nn.Module):
    """Rate all images with the same weights: the ablation of the hyper network.

    Like HyperIQA's own "Res50+MS" (section 4.5), it reads content features beside the target
    input: what hyper and target network read together, so that only the per-image weights are
    taken away. Trunk, depth, sizes and dropout are those of the hyper variant; its activations are
    ReLUs, because a narrow fixed network of sigmoids needs far longer to reach a score of 50.
    """

    def __init__(
        self, channels: int, trunk: Sequence[int], sizes: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.trunk = content_trunk(channels, trunk)
        self.activation = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.Linear(fan_in, fan_out)
            for fan_in, fan_out in pairwise([sizes[0] + trunk[-1], *sizes[1:]])
        )

    def forward(self, target_input: Tensor, fused: Tensor) -> tuple[Tensor, None]:
        """Map (batch, features) and (batch, channels, grid, grid) to scores (batch,)."""
        content = mean_over_positions(self.dropout(self.trunk(fused)))  # (batch, content)
        x = torch.cat([target_input.float(), content.float()], dim=1)
        with full_float32(x.device):
            for depth, layer in enumerate(self.layers, start=1):
                x = layer(x)
                if depth < len(self.layers):
                    x = self.activation(x)
                if depth < len(self.layers) - 1:
                    x = self.dropout(x)
        return x[:, 0], None
