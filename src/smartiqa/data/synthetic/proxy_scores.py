"""A proxy for human opinion: how far a distorted image is from its undistorted reference.

    proxy score = 100 (1 - sqrt(GMSD / 0.35)), not below 0

GMSD is the deviation of gradient magnitude similarity (Xue, Zhang, Mou and Bovik, 2014), computed
by the library piq. As a deviation of values from 0 to 1 it may reach 0.5; 0.35 is near the largest
of this repository's distortions, and what exceeds it scores 0. Identical images score 100. The
square root spreads the mild distortions, which GMSD crowds together near zero. Nobody has rated
these images: the score is called a proxy score wherever it is shown.
"""

from __future__ import annotations

import numpy as np
import piq
import torch
from numpy.typing import NDArray

GMSD_RANGE = 0.35  # of the values that scores tell apart

Images = NDArray[np.uint8]


def proxy_scores(references: Images, distorted: Images) -> NDArray[np.float64]:
    """Score distorted images against their references.

    Args:
        references: (images, height, width, 3), uint8.
        distorted: the same shape.

    Returns:
        (images,), from 0 (worst) to 100 (identical).
    """
    pair = (torch.tensor(x).permute(0, 3, 1, 2).float() / 255 for x in (references, distorted))
    deviation: torch.Tensor = piq.gmsd(*pair, data_range=1.0, reduction="none")
    scores: NDArray[np.float64] = 100 * (1 - np.sqrt(deviation.double().numpy() / GMSD_RANGE))
    return scores.clip(min=0)
