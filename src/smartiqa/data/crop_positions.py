"""Where crops lie in their images."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from smartiqa.core.errors import InputError

Integers = NDArray[np.int64]
Positions = tuple[Integers, Integers]  # tops and lefts, in pixels


def random_positions(sizes: Integers, crop: int, generator: Generator) -> Positions:
    """Draw one position for each row of `sizes`, uniformly over all that fit.

    Args:
        sizes: (n, 2) heights and widths; repeat an image's row for several crops of it.
        crop: side of the square crops, pixels.
        generator: source of the randomness.

    Returns:
        Tops (n,) and lefts (n,).

    Raises:
        InputError: an image is smaller than the crop.
    """
    tops, lefts = generator.integers(0, _room(sizes, crop), endpoint=True).T
    return tops, lefts


def centre_positions(sizes: Integers, crop: int) -> Positions:
    """Return the position of the central crop for each row of `sizes` (n, 2).

    An odd remainder is halved as in torchvision's `CenterCrop`.

    Raises:
        InputError: an image is smaller than the crop.
    """
    tops, lefts = np.rint(_room(sizes, crop) / 2).astype(np.int64).T
    return tops, lefts


def grid_positions(sizes: Integers, crop: int, count: int) -> Positions:
    """Spread `count` crops evenly over each image, in about as many rows as its shape asks for.

    Args:
        sizes: (n, 2) heights and widths, one row an image.
        crop: side of the square crops, pixels.
        count: crops an image.

    Returns:
        Tops and lefts (n * count,): all crops of the first image, then of the second, ...

    Raises:
        InputError: an image is smaller than the crop.
    """
    rooms, places = np.unique(_room(sizes, crop), axis=0, return_inverse=True)
    grids = np.array([_grid(int(down), int(across), count) for down, across in rooms])
    tops, lefts = grids[places.ravel()].reshape(-1, 2).T
    return tops, lefts


def _grid(down: int, across: int, count: int) -> Integers:
    """Return (count, 2) positions spread over the rectangle from (0, 0) to (down, across)."""
    rows = min(count, max(1, round(np.sqrt(count * (down + 1) / (across + 1)))))
    columns = np.diff(np.arange(rows + 1) * count // rows)  # crops in each row, as even as can be
    return np.array(
        [
            (top, left)
            for top, in_row in zip(_spread(down, rows), columns, strict=True)
            for left in _spread(across, int(in_row))
        ]
    )


def _spread(room: int, count: int) -> Integers:
    if count == 1:
        return np.array([room // 2])
    return np.arange(count) * room // (count - 1)


def _room(sizes: Integers, crop: int) -> Integers:
    """Return (n, 2): how far a crop can move down and to the right in each image."""
    room = sizes - crop
    if (room < 0).any():
        row = int(np.argmax((room < 0).any(axis=1)))
        height, width = sizes[row].tolist()
        raise InputError(
            f"image {row} ({width} x {height}) is smaller than a crop of {crop} x {crop}"
        )
    return room
