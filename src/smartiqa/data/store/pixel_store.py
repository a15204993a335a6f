"""Decoded images, resized once and shared by all trainings and tests.

A store is a folder:

- `pixels.u8`: the images as RGB (height, width, 3), uint8, back to back;
- `index.parquet`: one row an image, in the order of the manifest: id, offset (bytes), height,
  width, sha256 (of its pixels, checked when an image is first touched);
- `store.json`: what it was made from. It is written last, so a folder that has it is complete.

`smartiqa.data.store.building` makes them; reading is apart so that what trains does not depend on
how images are decoded.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.core.errors import InputError
from smartiqa.core.files import damaged
from smartiqa.core.json_files import read_json
from smartiqa.core.tables import Columns, read_parquet

PIXELS, INDEX, RECORD = "pixels.u8", "index.parquet", "store.json"
INDEX_COLUMNS: Columns = {
    **dict.fromkeys(("id", "sha256"), "text"),
    **dict.fromkeys(("offset", "height", "width"), "number"),
}
CHANNELS = 3


@dataclass(frozen=True, eq=False)
class PixelStore:
    """Decoded images, read-only and mapped into memory.

    Pages of the mapped file stay in the memory of the process once they are read, although the
    system could take them back; whoever reads many images calls `release_pages` in between.

    Attributes:
        ids: (n,), the manifest's ids.
        sizes: (n, 2) heights and widths in pixels.
        offsets: (n,) where an image begins in `pixels`.
        digests: (n,) SHA-256 of each image, hexadecimal.
        pixels: (bytes,) uint8, the whole file.
        key: digest of what the store was made from.
        folder: where it lies.
        mapping: what `pixels` looks into; None for pixels that are not mapped.
    """

    ids: NDArray[np.object_]
    sizes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    digests: NDArray[np.object_]
    pixels: NDArray[np.uint8]
    key: str
    folder: Path = Path()
    mapping: mmap.mmap | None = field(default=None, repr=False)
    _intact: bytearray = field(init=False, repr=False)  # 1: the image was checked by this process

    def __post_init__(self) -> None:
        object.__setattr__(self, "_intact", bytearray(len(self.ids)))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a finished store.

        Raises:
            InputError: a file is missing or damaged, or `pixels.u8` has another size than the
                index says.
        """
        for name in (RECORD, INDEX, PIXELS):
            if not (folder / name).is_file():
                raise InputError(f"{folder} is no finished pixel store: {name} is missing")
        record = read_json(folder / RECORD, ["bytes", "key"], "store")
        index = read_parquet(folder / INDEX, INDEX_COLUMNS, "store")
        found = (folder / PIXELS).stat().st_size
        expected = int((index["height"] * index["width"]).sum()) * CHANNELS
        if not found == expected == record["bytes"]:
            wrong_size = f"{PIXELS} has {found:,} bytes where {expected:,} belong"
            raise damaged(folder / RECORD, wrong_size)
        with (folder / PIXELS).open("rb") as stream:
            mapping = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        return cls(
            ids=index["id"].to_numpy(dtype=object),
            sizes=index[["height", "width"]].to_numpy(dtype=np.int64),
            offsets=index["offset"].to_numpy(dtype=np.int64),
            digests=index["sha256"].to_numpy(dtype=object),
            # a plain array: slicing its subclass memmap takes several times as long
            pixels=np.frombuffer(mapping, dtype=np.uint8),
            key=record["key"],
            folder=folder,
            mapping=mapping,
        )

    @property
    def parts(self) -> tuple[PixelStore, ...]:
        """The stores that lie in a folder each, whose pixels follow one another."""
        return (self,)

    def __len__(self) -> int:
        return len(self.ids)

    def image(self, row: int) -> NDArray[np.uint8]:
        """Return a read-only view (height, width, 3) of one image.

        Raises:
            InputError: it is damaged; the store then counts as unfinished and is mended by the
                next run, which decodes what is damaged anew.
        """
        if not self._intact[row]:
            if digest_of(self._view(row)) != self.digests[row]:
                problem = f"'{self.ids[row]}' in {PIXELS} is not what was written there"
                raise damaged(self.folder / RECORD, problem)
            self._intact[row] = 1
        return self._view(row)

    def require_intact(self, rows: NDArray[np.int64]) -> None:
        """Check images before their pixels are read past `image`.

        Raises:
            InputError: one is damaged.
        """
        for row in np.unique(rows).tolist():
            if not self._intact[row]:
                self.image(row)
                self.release_pages()

    def release_pages(self) -> None:
        """Give all pages of the mapped file back; the system's file cache still has them.

        What is read again comes from there without the disk, also by who looks at it right now.
        """
        if self.mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.mapping.madvise(mmap.MADV_DONTNEED)

    def _view(self, row: int) -> NDArray[np.uint8]:
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


def digest_of(pixels: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of an image's pixels, hexadecimal."""
    return hashlib.sha256(pixels.data).hexdigest()
