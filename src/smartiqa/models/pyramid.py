"""Four maps of rising stride from the maps of any network, plain vision transformers included.

Networks with four stages or more have them. A plain vision transformer keeps one stride: its maps
of four depths are then resampled, as is usual for dense tasks (Ranftl et al., "Vision Transformers
for Dense Prediction", 2021, take blocks 3, 6, 9 and 12 of 12; so does UPerNet on BEiT, Bao et al.,
2022, at strides 4, 8, 16 and 32). There the resampling is learnt. Here it has no parameters:
positions are repeated or averaged, because all that the heads read of a map are linear projections
of averages over a grid. The backbone keeps the tensors that timm gives it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log2
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

from smartiqa.core.errors import InputError

LEVELS = 4
FINEST = 4  # pixels; the stride at which Swin and ResNet begin


class Level(NamedTuple):
    """One map of a pyramid.

    Attributes:
        source: index of the network's map that it is made of.
        stride: pixels of the image per position, along one axis.
        factor: positions per position of the source, along one axis: a power of two.
    """

    source: int
    stride: float
    factor: float


def pyramid(strides: Sequence[int]) -> list[Level]:
    """Choose four levels from the strides of a network's maps, shallow to deep.

    The four deepest maps serve as they are if each is coarser than the one before. Otherwise the
    strides that there are get finer ones down to about 4 pixels, then coarser ones. Where all maps
    differ in stride, the nearest makes a new level; else four evenly spaced depths make all.

    Raises:
        InputError: one stride is not another's times a power of two.
    """
    offset = max(len(strides) - LEVELS, 0)
    if not _rising(strides[offset:]):
        offset = 0
    known = strides[offset:]
    wanted = complete_strides(known)
    levels = []
    for number, stride in enumerate(wanted, start=1):
        if _rising(known):
            source = min(range(len(known)), key=lambda i: abs(log2(known[i] / stride)))
        else:
            source = max(number * len(known) // LEVELS - 1, 0)
        factor = known[source] / stride
        if not log2(factor).is_integer():
            raise InputError(
                f"maps at strides of {', '.join(map(str, sorted(set(strides))))} pixels make no "
                "pyramid, because one is not another's times a power of two"
            )
        levels.append(Level(source + offset, stride, factor))
    return levels


def complete_strides(strides: Sequence[int]) -> list[float]:
    """Return four rising strides that contain the deepest of the given ones.

    >>> complete_strides([16, 16, 16]), complete_strides([16, 32, 64]), complete_strides([4, 8, 16])
    ([4, 8, 16, 32], [8, 16, 32, 64], [4, 8, 16, 32])
    """
    found: list[float] = [*sorted(set(strides))[-LEVELS:]]
    while len(found) < LEVELS:
        finer = found[0] > FINEST
        found = [_halved(found[0]), *found] if finer else [*found, 2 * found[-1]]
    return found


def resample(features: Tensor, factor: float) -> Tensor:
    """Repeat or average positions of a map (batch, channels, height, width).

    Averages at the lower and right edge are over the positions that there are. Unlike bilinear
    resampling this has a deterministic gradient on CUDA.
    """
    if factor == 1:
        return features
    if factor > 1:
        return F.interpolate(features, scale_factor=factor, mode="nearest")
    window = round(1 / factor)
    return F.avg_pool2d(features, window, ceil_mode=True)


def _rising(strides: Sequence[int]) -> bool:
    return all(first < second for first, second in pairwise(strides))


def _halved(stride: float) -> float:
    return stride // 2 if stride % 2 == 0 else stride / 2
