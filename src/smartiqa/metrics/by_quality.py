"""Images by their true quality: thirds of a set, and single examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

Third = Literal["low", "middle", "high"]  # of a set of images, by their true quality
THIRDS: tuple[Third, ...] = ("low", "middle", "high")


def thirds(quality: ArrayLike) -> NDArray[np.str_]:
    """Name the third of the images that each belongs to: low, middle or high quality.

    These are thirds of the images, each a third of their number, not of the range of qualities.
    Images of equal quality belong to the same third, in which the middle of their ranks lies; if
    they are more than a third of all images, another third may be empty.

    Args:
        quality: true qualities, one an image.
    """
    import numpy as np  # here, since settings name the thirds where there is no NumPy

    values = np.asarray(quality, dtype=np.float64)
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles = (np.cumsum(counts) - counts / 2) / values.size  # of the ranks, as shares
    return np.array(THIRDS)[np.searchsorted([1 / 3, 2 / 3], middles, side="right")[place]]


def nearest_to_percentile(quality: pd.Series, percentile: float) -> str:
    """Return the id of the image whose true quality is nearest to a percentile of all.

    Args:
        quality: true qualities, indexed by id.
        percentile: 0 to 100.
    """
    import numpy as np

    return str((quality - np.percentile(quality, percentile)).abs().idxmin())
