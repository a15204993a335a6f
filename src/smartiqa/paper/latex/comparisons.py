"""What the values say about differences between experiments: which were tested, which are real.

A difference has one of five verdicts. *Better* and *worse* mean that the test corrected for the
number of comparisons rejects "no difference"; *unconfirmed* that the 95 % interval excludes zero
but the corrected test does not; *alike* that both leave zero open. *Untested* is a difference
between too few runs, or on too few contents, to be put to any test: nothing is concluded from it.

Identifiers are those of `workflow/config/experiments.yaml`; a group is a table's family of
experiments, within which p values are corrected for the number of comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from smartiqa.core.errors import InputError
from smartiqa.paper.latex.values import Branch

Verdict = Literal["better", "worse", "unconfirmed", "alike", "untested"]

LOWER_IS_BETTER = ("rmse",)


class Comparison(NamedTuple):
    """Second less first experiment.

    Attributes:
        low: end of the interval; None if an experiment has one seed.
        high: the other end.
        p_holm: corrected p value; None if the difference was not tested.
        significant: whether the corrected test rejects "no difference".
        seeds: of the first and of the second experiment.
        contents: of the test images.
        tests: how many the p value is corrected for.
    """

    first: str
    second: str
    metric: str
    difference: float
    low: float | None
    high: float | None
    p_holm: float | None
    significant: bool
    seeds: Sequence[int]
    contents: int
    tests: int

    @property
    def verdict(self) -> Verdict:
        """How the second experiment compares with the first."""
        if self.p_holm is None or self.low is None or self.high is None:
            return "untested"
        lower_is_better = self.metric in LOWER_IS_BETTER
        gain = -self.difference if lower_is_better else self.difference
        if self.significant and gain:
            return "better" if gain > 0 else "worse"
        return "unconfirmed" if self.low > 0 or self.high < 0 else "alike"

    def statistic(self) -> dict[str, float]:
        """The difference as a statistic that `numbers` can print; without ends if it has none."""
        if self.low is None or self.high is None:
            return {"difference": self.difference}
        return {"difference": self.difference, "low": self.low, "high": self.high}

    def turned(self) -> Comparison:
        """The same comparison as first less second."""
        return self._replace(
            first=self.second,
            second=self.first,
            difference=-self.difference,
            low=None if self.high is None else -self.high,
            high=None if self.low is None else -self.low,
            seeds=list(self.seeds)[::-1],
        )


def ran(values: Mapping[str, Any], *names: str) -> bool:
    """Whether the study ran every one of these experiments."""
    experiments = values["experiments"]
    return all(name in experiments and experiments[name]["status"] == "run" for name in names)


def those_run(values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The experiments that the study ran, in the given order."""
    return [name for name in names if ran(values, name)]


def all_run(values: Mapping[str, Any], names: Iterable[str] | None = None) -> list[str]:
    """The experiments that the study ran, all or those among `names`, in the order of the text."""
    wanted = set(values["experiments"] if names is None else names)
    in_groups = [name for group in values["group_order"] for name in values["groups"][group]]
    order = dict.fromkeys([*in_groups, *sorted(wanted)])
    return those_run(values, [name for name in order if name in wanted])


def by_seeds(
    values: Mapping[str, Any], names: Iterable[str] | None = None
) -> list[tuple[list[str], list[str]]]:
    """The experiments that the study ran, grouped by their seeds: most seeds first.

    Returns:
        Pairs of seeds, ready to be printed, and names.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in all_run(values, names):
        groups.setdefault(tuple(map(str, values["experiments"][name]["seeds"])), []).append(name)
    ordered = sorted(groups.items(), key=lambda group: len(group[0]), reverse=True)
    return [(list(seeds), found) for seeds, found in ordered]


def most_seeds(values: Mapping[str, Any]) -> int:
    """The largest number of seeds that the study trained an experiment with."""
    return max((len(seeds) for seeds, _ in by_seeds(values)), default=0)


def measured(values: Branch, name: str, metric: str, dataset: str = "") -> Branch | None:
    """The measured statistic of an experiment, by default on the training dataset's test images.

    None if the study did not run the experiment or did not test it on that dataset.

    Raises:
        InputError: the experiment was tested on that dataset, but without that metric.
    """
    dataset = dataset or values["study"]["training_dataset"]
    if not ran(values, name):
        return None
    results = values["experiments"][name]["results"]
    if dataset not in results:
        return None
    statistic = results[dataset].get(metric)
    if not isinstance(statistic, Branch):
        raise InputError(f"the value {results.path}.{dataset}.{metric} is missing")
    return statistic


def compared(
    values: Branch, first: str, second: str, group: str, metric: str = "srcc", dataset: str = ""
) -> Comparison | None:
    """The comparison of two experiments in a group, turned if it was made the other way round.

    None if the study did not run both or made no such comparison.
    """
    dataset = dataset or values["study"]["training_dataset"]
    for entry in values["comparisons"].get(group, []):
        if (entry["dataset"], entry["metric"]) != (dataset, metric):
            continue
        if (entry["first"], entry["second"]) == (first, second):
            return _comparison(entry)
        if (entry["first"], entry["second"]) == (second, first):
            return _comparison(entry).turned()
    return None


def best(values: Branch, names: Sequence[str], metric: str, dataset: str = "") -> str | None:
    """The experiment with the best mean; None if none was measured."""
    found = {name: measured(values, name, metric, dataset) for name in names}
    means = {name: statistic["mean"] for name, statistic in found.items() if statistic is not None}
    if not means:
        return None
    choose = min if metric in LOWER_IS_BETTER else max
    return choose(means, key=lambda name: means[name])


def clear_best(
    values: Branch, names: Sequence[str], group: str, metric: str, dataset: str = ""
) -> str | None:
    """The best experiment if it differs significantly from the second best, else None.

    This is the one rule by which a table prints a value in bold.
    """
    first = best(values, names, metric, dataset)
    others = [name for name in names if name != first]
    second = best(values, others, metric, dataset)
    if first is None or second is None:
        return None
    comparison = compared(values, second, first, group, metric, dataset)
    return first if comparison is not None and comparison.verdict == "better" else None


def cross_dataset_of(values: Branch, adapter: str) -> str:
    """The study's cross-dataset that an adapter reads, empty if there is none."""
    for name in values["study"]["cross_datasets"]:
        if values["datasets"][name]["adapter"] == adapter:
            return str(name)
    return ""


def best_seed(values: Branch, name: str) -> str:
    """The seed of the experiment's run that did best on the validation split, empty if none ran."""
    if not ran(values, name):
        return ""
    training = values["experiments"][name]["training"]
    return str(max(training, key=lambda seed: training[seed]["validation_srcc"]))


def half_width_of_srcc(srcc: float, images: int) -> float:
    """Half-width of the 95 % interval to expect of an SRCC on so many images.

    Fisher's transformation with the standard error of Bonett and Wright (2000),
    sqrt((1 + srcc^2 / 2) / (images - 3)), for results that come without predictions.
    """
    error = 1.96 * math.sqrt((1 + srcc**2 / 2) / (images - 3))
    return (math.tanh(math.atanh(srcc) + error) - math.tanh(math.atanh(srcc) - error)) / 2


def _comparison(entry: dict[str, Any]) -> Comparison:
    fields: dict[str, Any] = {name: entry.get(name) for name in ("low", "high", "p_holm")}
    given = [name for name in Comparison._fields if name not in fields]
    return Comparison(**fields, **{name: entry[name] for name in given})
