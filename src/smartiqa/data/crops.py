"""Crops: where they lie, which come when, and their way from the pixel store to the device.

Everything random takes a generator or a seed, so a training or a test sees the same crops
whenever it is repeated, on any machine and with any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import torch
from numpy.random import default_rng
from numpy.typing import NDArray
from torch import Tensor

from smartiqa.config.backbone import Rgb
from smartiqa.core.errors import InputError
from smartiqa.data.color_jitter import Jitter, jitter_colors
from smartiqa.data.crop_positions import Integers, Positions
from smartiqa.data.store.gpu_store import first_pixels, gather_crops, resident_pixels
from smartiqa.data.store.pixel_store import CHANNELS, PixelStore

Pixels = NDArray[np.uint8]
CPU = torch.device("cpu")
BUFFERS = 3  # one with the model, one waiting, one being filled
SERIAL_SIZE = 32_767  # most elements of an operation that PyTorch leaves to one thread


@dataclass(frozen=True)
class CropPlan:
    """Which crops are cut, in their order.

    Attributes:
        rows: (n,) which image of the store.
        tops: (n,) first line, pixels.
        lefts: (n,) first column, pixels.
        flips: (n,) whether the crop is mirrored left to right.
        side: of the square crops, pixels.
    """

    rows: Integers
    tops: Integers
    lefts: Integers
    flips: NDArray[np.bool_]
    side: int

    @classmethod
    def unflipped(cls, rows: Integers, positions: Positions, side: int) -> Self:
        """Plan crops of which none is mirrored."""
        return cls(rows, *positions, np.zeros(len(rows), dtype=np.bool_), side)

    @property
    def positions(self) -> Positions:
        """Tops and lefts."""
        return self.tops, self.lefts

    def __len__(self) -> int:
        """The number of crops."""
        return len(self.rows)

    def __getitem__(self, part: slice | Integers) -> CropPlan:
        """Some of the crops."""
        return CropPlan(
            self.rows[part], self.tops[part], self.lefts[part], self.flips[part], self.side
        )

    def require_inside(self, store: PixelStore) -> None:
        """Check that every crop lies within its image.

        Raises:
            ValueError: one reaches over the edge.
        """
        corners = np.stack([self.tops, self.lefts], axis=1)
        if (corners < 0).any() or (corners + self.side > store.sizes[self.rows]).any():
            raise ValueError("a crop reaches over the edge of its image")


def require_room(store: PixelStore, crop: int) -> None:
    """Check before a long run that a crop fits into every image.

    Raises:
        InputError: naming the images that are too small, and what to do.
    """
    small = np.flatnonzero((store.sizes < crop).any(axis=1))
    if small.size:
        named = ", ".join(f"'{store.ids[row]}'" for row in small[:5])
        raise InputError(
            f"{small.size} of {len(store)} images are smaller than the crop of {crop} pixels "
            f"({named}{', ...' if small.size > 5 else ''}); resize them or take smaller crops"
        )


def epoch_order(images: Integers, crops_per_image: int, seed: int, epoch: int) -> Integers:
    """Return the rows (images * crops_per_image,) of one epoch's crops in their order.

    Every image appears `crops_per_image` times; the order depends on seed and epoch alone.
    """
    return default_rng([seed, epoch]).permutation(np.repeat(images, crops_per_image))


def cut_crops(store: PixelStore, plan: CropPlan, out: Pixels | None = None) -> Pixels:
    """Cut square crops out of stored images, (n, side, side, 3), uint8, RGB; into `out` if given.

    Raises:
        ValueError: a crop reaches over the edge of its image.
    """
    plan.require_inside(store)
    side = plan.side
    if out is None:
        out = np.empty((len(plan), side, side, CHANNELS), dtype=np.uint8)
    places = (plan.rows.tolist(), plan.tops.tolist(), plan.lefts.tolist(), plan.flips.tolist())
    for target, row, top, left, flip in zip(out, *places, strict=True):
        np.copyto(target, store.image(row)[top : top + side, left : left + side])
        if flip:
            mirror(torch.from_numpy(target))
    store.release_pages()
    return out


def mirror(image: Tensor) -> None:
    """Mirror an image (height, width, 3) left to right, in place.

    NumPy would move it byte by byte; PyTorch has vector instructions for images in channels_last
    order, which takes a tenth of the time. Few lines at a time: larger pieces would be shared among
    threads, and a second team of them, in the background beside the model's own, slows the model
    down by a tenth of its step.
    """
    for lines in torch.split(image, max(1, SERIAL_SIZE // (image.shape[1] * CHANNELS))):
        planes = lines.permute(2, 0, 1)[None]  # (1, 3, height, width)
        planes.copy_(planes.flip(3))


def crop_batches(
    store: PixelStore, plan: CropPlan, batch_size: int, device: torch.device = CPU
) -> Iterator[Tensor]:
    """Cut crops batch by batch.

    A store that fits into the memory of a GPU is copied there and cut there; otherwise the next
    batches are cut in the background while the model computes.

    Args:
        store: the images.
        plan: the crops.
        batch_size: crops a batch; the last may be smaller.
        device: where the model is.

    Yields:
        Crops (batch, side, side, 3), uint8, on the device or in host memory. A batch is valid until
        the next is asked for.
    """
    pixels = resident_pixels(store, device)
    if pixels is None:
        on_gpu = device.type == "cuda"
        events = [torch.cuda.Event() for _ in range(BUFFERS if on_gpu else 0)]  # type: ignore[no-untyped-call]
        return host_batches(store, plan, batch_size, events, pinned=on_gpu)
    return gathered_batches(pixels, store, plan, batch_size)


def gathered_batches(
    pixels: Tensor, store: PixelStore, plan: CropPlan, batch_size: int
) -> Iterator[Tensor]:
    """Cut crops out of `pixels`, all pixels (n, 3) of the store, on the device where they are."""
    plan.require_inside(store)
    store.require_intact(plan.rows)
    firsts = first_pixels(store, plan.rows, plan.tops, plan.lefts)
    parts = [
        torch.from_numpy(values).to(pixels.device)  # once: no step waits for the host
        for values in (firsts, store.sizes[plan.rows, 1], plan.flips)
    ]
    batches = (torch.split(part, batch_size) for part in parts)
    for first, widths, mirrored in zip(*batches, strict=True):
        if len(first):
            yield gather_crops(pixels, first, widths, mirrored, plan.side)


def host_batches(
    store: PixelStore,
    plan: CropPlan,
    batch_size: int,
    events: Sequence[torch.cuda.Event],
    *,
    pinned: bool = False,
) -> Iterator[Tensor]:
    """Cut crops into buffers that are used in turn, in memory that a GPU reads by itself if pinned.

    Before a buffer is filled again, its one of the `events` waits for the copies that were asked
    for while the batch in it was valid. There are none where the model itself reads the buffers: it
    has done so when it asks for the next batch.
    """
    shape = (BUFFERS, min(batch_size, len(plan)), plan.side, plan.side, CHANNELS)
    buffers = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)

    def cut(number: int) -> Tensor:
        place = number % BUFFERS
        if events:
            events[place].synchronize()
        part = plan[number * batch_size : (number + 1) * batch_size]
        batch = buffers[place, : len(part)]
        cut_crops(store, part, batch.numpy())
        return batch

    count = -(-len(plan) // batch_size)
    ahead = BUFFERS - 1
    with ThreadPoolExecutor(1) as background:
        waiting = [background.submit(cut, number) for number in range(min(ahead, count))]
        for number in range(count):
            yield waiting.pop(0).result()
            if events:
                events[number % BUFFERS].record()
            if number + ahead < count:
                waiting.append(background.submit(cut, number + ahead))


def normalise(
    batch: Tensor, mean: Rgb, std: Rgb, device: torch.device, jitter: Jitter | None = None
) -> Tensor:
    """Move crops to the device, and subtract the mean and divide by the deviation there.

    Args:
        batch: (batch, height, width, 3), uint8.
        mean: of each channel, pixels running from 0 to 1.
        std: of each channel, likewise.
        device: where the model is.
        jitter: colour changes to make before.

    Returns:
        (batch, 3, height, width), float32, in channels_last order of memory.
    """
    count, height, width, _ = batch.shape
    images = batch.to(device, non_blocking=True)
    if jitter is not None:
        planes = images.permute(0, 3, 1, 2).to(torch.float32).contiguous().div_(255)
        images = jitter_colors(planes, jitter).mul_(255).permute(0, 2, 3, 1)
    # Whole lines at a time: a last dimension of 3 cannot be vectorised.
    lines = images.to(torch.float32).reshape(count, height, width * CHANNELS)
    scale, shift = _line_pattern(mean, std, width, device)
    torch.addcmul(shift, lines, scale, out=lines)
    return lines.view(count, height, width, CHANNELS).permute(0, 3, 1, 2)


@cache  # made on the host, so making them in every step would stall a GPU
def _line_pattern(mean: Rgb, std: Rgb, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return scale and shift (3 * width,) that normalise a line of bytes."""
    scale = 1 / (255 * torch.tensor(std, dtype=torch.float64))
    shift = -torch.tensor(mean, dtype=torch.float64) / torch.tensor(std, dtype=torch.float64)
    lines = torch.stack([scale, shift]).repeat(1, width).to(device, torch.float32)
    return lines[0], lines[1]
