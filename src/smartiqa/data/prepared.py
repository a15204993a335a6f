"""One split of a prepared dataset: its manifest and the pixel store that was made from it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartiqa.core.errors import InputError
from smartiqa.data.manifest import read_manifest, rows_of
from smartiqa.data.store.pixel_store import PixelStore


class Split(NamedTuple):
    """The images of one split.

    Attributes:
        images: their rows of the manifest.
        store: the decoded images of the whole dataset.
        rows: (images,) where they are in the store.
    """

    images: pd.DataFrame
    store: PixelStore
    rows: NDArray[np.int64]


def open_split(manifest: Path, store: Path, split: str) -> Split:
    """Open the images of one split.

    Raises:
        InputError: the split is empty, or the store was not made from this manifest.
    """
    frame, pixels = read_manifest(manifest), PixelStore.open(store)
    if list(pixels.ids) != frame["id"].tolist():
        raise InputError(f"{store} was not made from {manifest}: build the store again")
    rows = rows_of(split, frame, manifest)
    return Split(frame.iloc[rows], pixels, rows)
