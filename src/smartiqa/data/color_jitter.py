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

from smartiqa.config import ColorJitter

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
        images: (batch, height, width, 3), values from 0 to 1; overwritten.
        jitter: what to do.

    Returns:
        `images`.
    """
    factors = torch.from_numpy(jitter.factors).to(images.device)
    for turn in jitter.orders.T:
        for step, adjust in enumerate(STEPS):
            crops = torch.from_numpy(np.flatnonzero(turn == step)).to(images.device)
            images[crops] = adjust(images[crops], factors[crops, step, None, None])
    return images


def _adjust_brightness(images: Tensor, factors: Tensor) -> Tensor:
    return (images * factors.unsqueeze(-1)).clamp_(0, 1)


def _adjust_contrast(images: Tensor, factors: Tensor) -> Tensor:
    grey = _luma(images).mean(dim=(1, 2), keepdim=True)
    return torch.lerp(grey.unsqueeze(-1), images, factors.unsqueeze(-1)).clamp_(0, 1)


def _adjust_saturation(images: Tensor, factors: Tensor) -> Tensor:
    return torch.lerp(_luma(images).unsqueeze(-1), images, factors.unsqueeze(-1)).clamp_(0, 1)


def _adjust_hue(images: Tensor, turns: Tensor) -> Tensor:
    """Turn the colours by a part of the circle, keeping value and saturation of HSV."""
    value, chroma, hue = _value_chroma_hue(images)
    hue += 6 * turns
    places = [(start + hue) % 6 for start in (5, 3, 1)]  # red, green, blue
    return torch.stack(
        [value - chroma * torch.minimum(place, 4 - place).clamp_(0, 1) for place in places], dim=-1
    )


def _luma(images: Tensor) -> Tensor:
    red, green, blue = images.unbind(-1)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def _value_chroma_hue(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return value and chroma (0 to 1), and hue (0 to 6), each (batch, height, width)."""
    red, green, blue = images.unbind(-1)
    value = images.amax(-1)
    chroma = value - images.amin(-1)
    divisor = torch.where(chroma == 0, 1, chroma)
    hue = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    return value, chroma, hue


STEPS = (_adjust_brightness, _adjust_contrast, _adjust_saturation, _adjust_hue)
