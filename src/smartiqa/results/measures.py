"""Measures as `paper.json` has them: with intervals, and with their spread over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import create_model

from smartiqa.core.strict import Strict
from smartiqa.metrics.measures import Measure, all_measures

if TYPE_CHECKING:
    from smartiqa.metrics.inference import Interval


class Bounded(Strict):
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, interval: Interval) -> Bounded:
        """Return an interval as records have it."""
        return cls(**interval._asdict())


class Trend(Bounded):
    """A rank correlation; `tested` says whether there is enough to speak of a trend."""

    tested: bool


class Correlations(Strict):
    """The two correlations that most papers give."""

    srcc: float
    plcc: float


class Statistic(Strict):
    """A measure of one experiment: mean, deviation over seeds (None for one), interval, seeds."""

    mean: float
    spread: float | None
    low: float
    high: float
    seeds: Mapping[str, float]


_fields: Any = dict.fromkeys(all_measures(), (Statistic, ...))
_OneOfEach: Any = create_model("_OneOfEach", __base__=Strict, **_fields)


class Measures(_OneOfEach):  # type: ignore[misc]
    """Every measure on the test images of one dataset: a field for each of `all_measures`."""

    def __getitem__(self, measure: Measure) -> Statistic:
        """Return a measure by its name."""
        found: Statistic = getattr(self, measure)
        return found


class MeasuresApart(Measures):
    """The same on so many images, without those that look like one in training."""

    images: int
