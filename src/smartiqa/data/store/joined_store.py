"""Pixel stores of several datasets, read as one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smartiqa.data.store.pixel_store import PixelStore


@dataclass(frozen=True, eq=False)
class JoinedStore(PixelStore):
    """The images of several stores, one store after the other.

    Attributes:
        joined: these stores; `pixels` is empty, since each has its own.
    """

    joined: tuple[PixelStore, ...] = ()

    @classmethod
    def of(cls, stores: Mapping[str, PixelStore]) -> Self:
        """Join stores, each with the name that its ids begin with."""
        parts = tuple(stores.values())
        starts = np.cumsum([0, *(part.pixels.size for part in parts)])
        names = [f"{name}/{image}" for name, part in stores.items() for image in part.ids]
        return cls(
            ids=np.array(names, dtype=object),
            sizes=np.concatenate([part.sizes for part in parts]),
            offsets=np.concatenate(
                [part.offsets + start for part, start in zip(parts, starts, strict=False)]
            ),
            digests=np.concatenate([part.digests for part in parts]),
            pixels=np.empty(0, dtype=np.uint8),
            key=hashlib.sha256("".join(part.key for part in parts).encode()).hexdigest(),
            joined=parts,
        )

    @property
    def parts(self) -> tuple[PixelStore, ...]:
        """The stores that were joined."""
        return self.joined

    def image(self, row: int) -> NDArray[np.uint8]:
        """Return a read-only view (height, width, 3) of one image.

        Raises:
            InputError: it is damaged, see `PixelStore.image`.
        """
        for part in self.joined:
            if row < len(part):
                return part.image(row)
            row -= len(part)
        raise IndexError(row)

    def release_pages(self) -> None:
        """Give the pages of all mapped files back."""
        for part in self.joined:
            part.release_pages()
