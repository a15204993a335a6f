"""How a measure varies over the seeds of an experiment."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from smartiqa.core.errors import InputError


class MeanAndSpread(NamedTuple):
    """Mean over seeds, their sample standard deviation (None for one seed) and their number."""

    mean: float
    spread: float | None
    seeds: int


def mean_and_spread(values: Sequence[float]) -> MeanAndSpread:
    """Summarise one value per seed.

    Raises:
        InputError: there is no value, or one is not finite.
    """
    if not values or not all(map(math.isfinite, values)):
        raise InputError(f"a mean over seeds takes at least one value, all finite, not {values}")
    spread = statistics.stdev(values) if len(values) > 1 else None
    return MeanAndSpread(statistics.fmean(values), spread, len(values))
