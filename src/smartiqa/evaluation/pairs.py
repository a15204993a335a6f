"""Any two experiments of a study on the same test images, whether the catalogue pairs them or not.

The numbers are those of `smartiqa.evaluation.comparisons`, and so are the rules: one seed on a side
leaves a difference without interval, too few seeds or contents leave it untested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smartiqa.core.errors import InputError
from smartiqa.core.strict import unknown_name
from smartiqa.evaluation.comparisons import METRIC, corrected, difference
from smartiqa.metrics.inference import Interval, correlation_interval
from smartiqa.metrics.verdicts import too_little_for_a_verdict
from smartiqa.results.comparison_results import Comparison
from smartiqa.results.study_results import Results


@dataclass(frozen=True)
class PairComparison:
    """Two experiments on the same test images; `print` shows all of it.

    Attributes:
        images: how many were tested.
        first: SRCC of the first experiment, mean over seeds, with its 95 % interval.
        second: that of the second.
        difference: second less first, with interval, p-value and `verdict`; tested by itself, so
            that nothing corrects it for other pairs that are looked at.
    """

    images: int
    first: Interval
    second: Interval
    difference: Comparison

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        found = self.difference
        names = (found.first, found.second, f"{found.second} - {found.first}")
        width = max(map(len, names))
        yield (
            f"SRCC on {self.images:,} test images of {found.dataset}, {found.contents:,} contents; "
            "mean over seeds with 95 % interval"
        )
        for name, srcc, seeds in zip(names, (self.first, self.second), found.seeds, strict=False):
            over = f"contents and {seeds} seeds" if seeds > 1 else "contents only, of one seed"
            interval = f"{_ends(srcc.low, srcc.high)} over {over}"
            yield f"{name:{width}}  {srcc.value:6.3f} {interval}"
        if found.low is None or found.high is None:
            interval = "without interval: one seed cannot show how much training varies"
        else:
            interval = f"{_ends(found.low, found.high)} over contents and the seeds of both"
        yield f"{names[2]:{width}}  {found.difference:6.3f} {interval}"
        yield f"verdict: {found.verdict}; {self._reason()}"

    def _reason(self) -> str:
        found = self.difference
        if found.p_value is None:
            return too_little_for_a_verdict(found.seeds, found.contents)
        p_value = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.3f}"
        return f"{p_value}, not corrected: of twenty equal pairs one seems to differ by chance"


def _ends(low: float, high: float) -> str:
    return f"[{low:.3f}, {high:.3f}]"


def compare_pair(
    results: Results, first: str, second: str, dataset: str | None = None
) -> PairComparison:
    """Compare two finished experiments on a dataset, by default the one that is trained on.

    Raises:
        InputError: the study does not run one of them or test both on the dataset, a run is not
            finished, not measured or one of other settings, or they met different images.
    """
    study, chosen = results.study, dataset or results.study.training_dataset
    for name in (first, second):
        if name not in results.planned:
            problem = unknown_name("experiment", name, list(results.planned))
            raise InputError(f"study {study.name}: {problem}")
        if chosen not in results.datasets_of(name):
            tested = ", ".join(results.datasets_of(name))
            raise InputError(f"study {study.name} tests {name} on {tested}, not on '{chosen}'")
        for seed in study.seeds_of(name):
            results.trained(name, seed)
    if first == second:
        raise InputError(f"{first} cannot be compared with itself; name two experiments")
    (found,) = corrected([difference(results, first, second, chosen)])
    pair = [
        correlation_interval(results.measured(name, chosen, METRIC)) for name in (first, second)
    ]
    images = results.scores(first, chosen)[0].images
    return PairComparison(images, pair[0], pair[1], found)
