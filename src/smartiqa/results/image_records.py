"""What `paper.json` tells of single images: stage weights, errors, intervals, attacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from smartiqa.core.strict import Strict
from smartiqa.metrics.by_quality import Third
from smartiqa.results.measures import Bounded, Trend


class Attention(Strict):
    """Mean stage weights by third of quality, and their rank correlation with quality.

    A third of fewer than two images is left out. The correlation of a stage is None where its
    weight is constant.
    """

    experiment: str
    stages: int
    by_quality: Mapping[Third, tuple[Bounded, ...]]
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


class MapEffect(Strict):
    """What hiding the places that a map points at does; see `smartiqa.results.records.MaskedMap`.

    `deletion` and `insertion` are means over photos.
    """

    name: str
    deletion: Bounded
    insertion: Bounded


class MaskingResults(Strict):
    """What the score of an experiment depends on; see `smartiqa.results.records.Masking`."""

    experiment: str
    photos: int
    contents: int
    places: int
    draws: int
    whole: float
    maps: tuple[MapEffect, ...]


class AttackEffect(Strict):
    """What an attack of some strength, grey levels, does to scores of photos.

    `change` is the mean absolute change, `noise` the one by noise of the same size, `srcc` that of
    the scores after the attack.
    """

    strength: int
    psnr: float
    change: Bounded
    noise: Bounded
    srcc: Bounded


class AttackResults(Strict):
    """Attacks on an experiment, in so many steps; `srcc` is that of the scores before them."""

    photos: int
    contents: int
    steps: int
    srcc: Bounded
    strengths: tuple[AttackEffect, ...]


class Attacks(Strict):
    """Attacks on the baseline and on the full model."""

    experiments: Mapping[str, AttackResults]


class RatedImage(Strict):
    """An image, with the scores that two models give it and its true quality, 0 to 100."""

    id: str
    defender: float
    attacker: float
    quality: float


class Pair(Strict):
    """Two images that the defender rates alike; the attacker rates one better than the other."""

    better: RatedImage
    worse: RatedImage


class Round(Strict):
    """Pairs of a defender and an attacker, by the defender's scores from low to high."""

    defender: str
    attacker: str
    pairs: tuple[Pair, ...]


GroupKind = Literal["source", "content", "scene", "size"]


class GroupErrors(Strict):
    """How experiments do on some of the test images at home.

    Attributes:
        kind: "source", "content" or "scene", with its name, or "size", with the span in megapixels
            as name. An image of several scenes is in the group of each.
        quality: mean true quality of the images.
        errors: mean absolute error of each experiment.
        srcc: of each experiment among these images alone; empty where they are too few for it.
    """

    kind: GroupKind
    name: str
    images: int
    quality: float
    errors: Mapping[str, Bounded]
    srcc: Mapping[str, Bounded]
