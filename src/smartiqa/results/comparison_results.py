"""Comparisons of experiments, as `paper.json` holds them."""

from __future__ import annotations

from collections.abc import Mapping

from smartiqa.core.strict import Strict
from smartiqa.metrics.measures import Measure
from smartiqa.metrics.verdicts import Verdict, verdict_on
from smartiqa.results.measures import Bounded


class Comparison(Strict):
    """How much higher the second experiment's value is than the first's.

    Attributes:
        low: end of the interval; None if an experiment has one seed.
        high: the other end.
        p_value: None if there is too little for a test.
        seeds: how many the first and the second experiment have.
        contents: of the test images.
        p_holm: the p-value, corrected for the number of tests in the group.
        significant: whether the corrected test rejects "no difference".
        tests: how many the p-value is corrected for.
    """

    first: str
    second: str
    dataset: str
    metric: Measure
    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_holm: float | None = None
    significant: bool
    seeds: tuple[int, int]
    contents: int
    tests: int

    def speaks_of(self, metric: Measure, dataset: str) -> bool:
        """Whether it is a difference in this measure on this dataset."""
        return (self.metric, self.dataset) == (metric, dataset)

    @property
    def verdict(self) -> Verdict:
        """How the second experiment compares with the first."""
        interval = None if self.low is None or self.high is None else (self.low, self.high)
        tested = self.p_holm is not None
        return verdict_on(
            self.metric, self.difference, interval, self.significant if tested else None
        )

    def statistic(self) -> dict[str, float]:
        """The difference with the ends of its interval, if it has one."""
        if self.low is None or self.high is None:
            return {"difference": self.difference}
        return {"difference": self.difference, "low": self.low, "high": self.high}

    def turned(self) -> Comparison:
        """The same comparison as first less second."""
        changes = {
            "first": self.second,
            "second": self.first,
            "difference": -self.difference,
            "low": None if self.high is None else -self.high,
            "high": None if self.low is None else -self.low,
            "seeds": self.seeds[::-1],
        }
        return self.model_copy(update=changes)


class Gain(Strict):
    """Shares of the ablation's steps in the whole gain; None unless that is significant."""

    shares: Mapping[str, Bounded] | None


class Ranked(Strict):
    """An experiment and its letters, which it shares with those that it is not told from.

    `letters` is None if it has too few seeds for a test.
    """

    experiment: str
    letters: tuple[str, ...] | None


class Ranking(Strict):
    """Experiments from the highest SRCC on the training dataset's test images to the lowest.

    So many pairs were tested, of which so many were found to differ.
    """

    rows: tuple[Ranked, ...]
    tests: int
    differing: int
