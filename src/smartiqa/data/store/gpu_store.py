"""A pixel store in the memory of a GPU, where cutting crops costs next to nothing.

KonIQ-10k at the published size is 5.9 GB as bytes, a small part of a data-centre GPU. The crops are
the same bytes as those of `smartiqa.data.crops.cut_crops`, so results do not depend on where the
store lies.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.data.store.pixel_store import CHANNELS, PixelStore

SHARE = 0.3  # of the free memory that a store may take: the model needs room, and so may other runs
CHUNK = 1 << 28  # bytes copied at a time, so that a store is never in host memory as a whole

_resident: dict[tuple[str, torch.device], Tensor] = {}


def resident_pixels(store: PixelStore, device: torch.device) -> Tensor | None:
    """Return the store's pixels (n, 3) on a GPU, or None if they do not belong or fit there.

    They stay for the next call, so that a run copies its dataset once.
    """
    if device.type != "cuda":
        return None
    place = store.key, device
    if place not in _resident:
        _resident.clear()
        free, _ = torch.cuda.mem_get_info(device)
        if sum(part.pixels.nbytes for part in store.parts) > SHARE * free:
            return None
        _resident[place] = copy_pixels(store, device)
    return _resident[place]


def copy_pixels(store: PixelStore, device: torch.device, chunk: int = CHUNK) -> Tensor:
    """Copy all pixels of a store to a device: (n, 3), uint8."""
    size = sum(part.pixels.size for part in store.parts)
    pixels, done = torch.empty(size, dtype=torch.uint8, device=device), 0
    for part in store.parts:
        for start in range(0, part.pixels.size, chunk):
            piece = np.array(part.pixels[start : start + chunk])
            part.release_pages()
            pixels[done : done + len(piece)] = torch.from_numpy(piece)
            done += len(piece)
    return pixels.view(-1, CHANNELS)


def first_pixels(
    store: PixelStore, rows: NDArray[np.int64], tops: NDArray[np.int64], lefts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return (n,): the place of each crop's upper left pixel among all pixels of the store."""
    firsts: NDArray[np.int64] = (
        store.offsets[rows] // CHANNELS + tops * store.sizes[rows, 1] + lefts
    )
    return firsts


def gather_crops(
    pixels: Tensor, firsts: Tensor, widths: Tensor, flips: Tensor, crop: int
) -> Tensor:
    """Gather square crops, all on the device of the pixels and without waiting for it.

    Args:
        pixels: (n, 3), uint8, all images one after the other.
        firsts: (batch,) place of each crop's upper left pixel.
        widths: (batch,) of the images that the crops are cut from, pixels.
        flips: (batch,) whether to mirror the crop left to right.
        crop: side of the crops, pixels.

    Returns:
        Crops (batch, crop, crop, 3), uint8.
    """
    steps = torch.arange(crop, device=pixels.device)
    columns = torch.where(flips[:, None], crop - 1 - steps, steps)  # (batch, crop)
    lines = firsts[:, None] + widths[:, None] * steps  # (batch, crop)
    return pixels[lines[:, :, None] + columns[:, None, :]]
