"""What `paper.json` tells of single images: stage weights, errors by distortion, intervals."""

from __future__ import annotations

from collections.abc import Mapping

from smartiqa.core.strict import Strict
from smartiqa.metrics.by_quality import Third
from smartiqa.results.measures import Bounded, Trend


class Attention(Strict):
    """Mean stage weights by third of quality, and their rank correlation with quality.

    The correlation of a stage is None where its weight is constant.
    """

    experiment: str
    stages: int
    by_quality: Mapping[Third, tuple[float, ...]]
    rank_correlation: tuple[Trend | None, ...]


class Undistorted(Strict):
    """Mean prediction and mean quality of undistorted photos."""

    prediction: float
    quality: float


class ErrorsByDistortion(Strict):
    """Mean absolute error of each family; `undistorted` is None if there are no such photos."""

    errors: Mapping[str, float]
    undistorted: Undistorted | None


class ByDistortion(Strict):
    """The errors of the ablation's models on the first dataset that labels distortions."""

    dataset: str
    experiments: Mapping[str, ErrorsByDistortion]


class Coverage(Strict):
    """The share of the test images of a dataset whose intervals hold the true score.

    `width` is the mean of the intervals, in units of quality (0 to 100).
    """

    share: Bounded
    width: float


class CalibratedIntervals(Strict):
    """Intervals of an experiment for single images; see `smartiqa.results.records.Calibration`.

    `half_width` is the mean over seeds; where it is None, nothing is covered.
    """

    level: float
    images: int
    contents: int
    crops: int
    half_width: float | None
    coverage: Mapping[str, Coverage]
