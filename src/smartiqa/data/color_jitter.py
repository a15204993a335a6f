"""Random changes of colour, batched, as torchvision's `ColorJitter` makes them crop by crop.

Each crop gets its own brightness, contrast, saturation and hue, in its own random order. Values
are not rounded between the steps, so results differ from torchvision's 8-bit ones by rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.config.experiment import ColorJitter

LUMA = (0.2989, 0.587, 0.114)  # ITU-R BT.601, as torchvision rounds it


class Jitter(NamedTuple):
    """What is done to each crop of a batch.

    Attributes:
        factors: (batch, 4) of brightness, contrast, saturation (1 changes nothing) and hue (a
            part of the colour circle; 0 changes nothing).
        orders: (batch, 4), in which order; a permutation of 0..3 in each row.
    """

    factors: NDArray[np.float32]
    orders: NDArray[np.int64]

    def of(self, crops: slice) -> Jitter:
        """Return what is done to some of the crops."""
        return Jitter(self.factors[crops], self.orders[crops])


def draw_jitter(strengths: ColorJitter, count: int, generator: Generator) -> Jitter:
    """Draw the colour changes of `count` crops."""
    spans = [strengths.brightness, strengths.contrast, strengths.saturation]
    low = [*(max(0.0, 1 - span) for span in spans), -strengths.hue]
    high = [*(1 + span for span in spans), strengths.hue]
    factors = generator.uniform(low, high, size=(count, 4)).astype(np.float32)
    orders = generator.permuted(np.tile(np.arange(4), (count, 1)), axis=1)
    return Jitter(factors, orders)


def jitter_colors(images: Tensor, jitter: Jitter) -> Tensor:
    """Change the colours of each image.

    Args:
        images: (batch, 3, height, width), values from 0 to 1; overwritten.
        jitter: what to do.

    Returns:
        `images`.
    """
    factors = torch.from_numpy(jitter.factors).to(images.device, non_blocking=True)
    for turn in jitter.orders.T:
        for step, adjust in enumerate(STEPS):
            crops = torch.from_numpy(np.flatnonzero(turn == step))
            crops = crops.to(images.device, non_blocking=True)
            images[crops] = adjust(images[crops], factors[crops, step, None, None, None])
    return images


def _adjust_brightness(images: Tensor, factors: Tensor) -> Tensor:
    return images.mul_(factors).clamp_(0, 1)


def _adjust_contrast(images: Tensor, factors: Tensor) -> Tensor:
    grey = _luma(images).mean(dim=(2, 3), keepdim=True)
    return images.mul_(factors).add_((1 - factors) * grey).clamp_(0, 1)


def _adjust_saturation(images: Tensor, factors: Tensor) -> Tensor:
    grey = _luma(images)
    return images.mul_(factors).add_((1 - factors) * grey).clamp_(0, 1)


def _luma(images: Tensor) -> Tensor:
    """Return the brightness that the eye sees, (batch, 1, height, width)."""
    red, green, blue = images.unbind(1)
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2]).unsqueeze(1)


def _adjust_hue(images: Tensor, turns: Tensor) -> Tensor:
    """Turn the colours by a part of the circle, keeping value and saturation of HSV."""
    value, chroma, hue = _value_chroma_hue(images)
    hue = (hue + 6 * turns[:, 0]).remainder_(6)
    shares = ((hue - 3).abs_() - 1, 2 - (hue - 2).abs_(), 2 - (hue - 4).abs_())
    lowest = value - chroma
    return torch.stack([torch.addcmul(lowest, chroma, share.clamp_(0, 1)) for share in shares], 1)


def _value_chroma_hue(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return value and chroma (0 to 1) and hue (-1 to 5), each (batch, height, width)."""
    red, green, blue = images.unbind(1)
    value = torch.maximum(torch.maximum(red, green), blue)
    chroma = value - torch.minimum(torch.minimum(red, green), blue)
    is_red, is_green = value == red, value == green
    difference = torch.where(is_red, green - blue, torch.where(is_green, blue - red, red - green))
    sector = torch.where(is_red, 0, torch.where(is_green, 2, 4))
    return value, chroma, sector + difference / torch.where(chroma == 0, 1, chroma)


STEPS = (_adjust_brightness, _adjust_contrast, _adjust_saturation, _adjust_hue)
