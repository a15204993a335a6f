"""Decoded images, resized once and shared by all trainings and tests.

A store is a folder:

- `pixels.u8`: the images as RGB (height, width, 3), uint8, back to back;
- `index.parquet`: one row an image, in the order of the manifest: id, offset (bytes), height,
  width, checksum (CRC-32 of its pixels);
- `store.json`: what it was made from. It is written last, so a folder that has it is complete.

`smartiqa.data.store_building` makes them; reading is apart so that what trains does not depend on
how images are decoded.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.errors import InputError
from smartiqa.files import read_json

PIXELS, INDEX, RECORD = "pixels.u8", "index.parquet", "store.json"
CHANNELS = 3


@dataclass(frozen=True, eq=False)
class PixelStore:
    """Decoded images, read-only and mapped into memory.

    Attributes:
        ids: (n,), the manifest's ids.
        sizes: (n, 2) heights and widths in pixels.
        offsets: (n,) where an image begins in `pixels`.
        checksums: (n,) CRC-32 of each image.
        pixels: (bytes,) uint8, the whole file.
        key: digest of what the store was made from.
    """

    ids: NDArray[np.object_]
    sizes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    checksums: NDArray[np.uint32]
    pixels: NDArray[np.uint8]
    key: str

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a finished store.

        Raises:
            InputError: a file is missing, or `pixels.u8` has another size than the index says.
        """
        for name in (RECORD, INDEX, PIXELS):
            if not (folder / name).is_file():
                raise InputError(f"{folder} is no finished pixel store: {name} is missing")
        try:
            record, index = read_json(folder / RECORD), pd.read_parquet(folder / INDEX)
        except (OSError, ValueError) as problem:
            raise InputError(f"{folder} is damaged ({problem}); remove and rebuild it") from problem
        found = (folder / PIXELS).stat().st_size
        expected = int((index["height"] * index["width"]).sum()) * CHANNELS
        if not found == expected == record["bytes"]:
            raise InputError(
                f"{folder / PIXELS} is damaged: it has {found:,} bytes where {expected:,} belong; "
                "remove the folder and build it again"
            )
        return cls(
            ids=index["id"].to_numpy(dtype=object),
            sizes=index[["height", "width"]].to_numpy(dtype=np.int64),
            offsets=index["offset"].to_numpy(dtype=np.int64),
            checksums=index["checksum"].to_numpy(dtype=np.uint32),
            # a plain array: slicing its subclass memmap takes several times as long
            pixels=np.asarray(np.memmap(folder / PIXELS, dtype=np.uint8, mode="r")),
            key=record["key"],
        )

    def __len__(self) -> int:
        return len(self.ids)

    def image(self, row: int) -> NDArray[np.uint8]:
        """Return a read-only view (height, width, 3) of one image."""
        height, width = self.sizes[row].tolist()
        offset = int(self.offsets[row])
        size = height * width * CHANNELS
        return self.pixels[offset : offset + size].reshape(height, width, CHANNELS)

    def rows(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the rows of the images with these ids.

        Raises:
            InputError: an id is not in the store.
        """
        wanted = list(ids)
        rows = pd.Index(self.ids).get_indexer(pd.Index(wanted))
        if (rows < 0).any():
            missing = wanted[int(np.argmin(rows))]
            raise InputError(f"'{missing}' is not in the pixel store; build the store again")
        return rows.astype(np.int64)

    def damaged(self) -> list[str]:
        """Return the ids of all images whose pixels no longer have their checksum."""
        return [
            str(name)
            for row, (name, checksum) in enumerate(zip(self.ids, self.checksums, strict=True))
            if zlib.crc32(self.image(row).data) != checksum
        ]
