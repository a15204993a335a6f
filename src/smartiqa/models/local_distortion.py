"""Local distortion-aware features: what the target network rates (HyperIQA, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from smartiqa.core.errors import InputError
from smartiqa.models.backbones import pool_to_grid

REGIONS = (8, 4, 2, 1)  # regions along each axis, from the shallowest stage to the deepest
REDUCED_CHANNELS = (16, 32, 64)  # the deepest stage keeps its channels
FEATURES = (16, 16, 16, 176)
TARGET_INPUT = sum(FEATURES)  # 224


class LocalDistortion(nn.Module):
    """Turn the maps of all stages into one vector that keeps where distortions are.

    Each stage is reduced to few channels by a 1x1 convolution, averaged over a grid of regions and
    projected linearly; the vectors of the stages are concatenated. The published code averages
    over windows of 7x7 positions, which at 224 pixels makes grids of 8x8, 4x4, 2x2 and 1x1. For
    other map sizes we keep the grids, so that a region always covers the same share of the image
    and every crop size has the same parameters.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.reductions = nn.ModuleList(
            nn.Conv2d(width, reduced, 1, bias=False)
            for width, reduced in zip(channels, REDUCED_CHANNELS, strict=False)
        )
        widths = (*REDUCED_CHANNELS, channels[-1])
        self.projections = nn.ModuleList(
            nn.Linear(width * regions**2, features)
            for width, regions, features in zip(widths, REGIONS, FEATURES, strict=True)
        )
        for layer in (*self.reductions, *self.projections):
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, stages: Sequence[Tensor], fused: Tensor | None = None) -> Tensor:
        """Map four (batch, channels, height, width) to (batch, 224); `fused` is not read."""
        maps = [conv(stage) for conv, stage in zip(self.reductions, stages, strict=False)]
        maps.append(stages[-1])
        vectors = [
            linear(pool_to_grid(features, regions).flatten(1))  # (batch, 16) or (batch, 176)
            for linear, features, regions in zip(self.projections, maps, REGIONS, strict=True)
        ]
        return torch.cat(vectors, dim=1)  # (batch, 224)


def check_crop(name: str, crop: int, reductions: Sequence[float], step: int) -> None:
    """Check that every stage of a crop has at least one position a region.

    Args:
        name: of the backbone.
        crop: side in pixels.
        reductions: pixels per map position, of the four stages.
        step: pixels that the side has to be a multiple of, such as the patch of a transformer.

    Raises:
        InputError: naming the smallest crop that would fit.
    """
    least = max(regions * reduction for regions, reduction in zip(REGIONS, reductions, strict=True))
    if crop < least or crop % step:
        raise InputError(
            f"crop {crop} does not fit backbone '{name}': it needs a multiple of {step} pixels, "
            f"at least {-(-least // step) * step:.0f}"
        )
