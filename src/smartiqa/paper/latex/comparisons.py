"""What the values say about experiments: which were run, measured, compared, and which is best.

A group is a table's family of experiments, within which p values are corrected for the number of
comparisons. How a comparison is judged: `smartiqa.metrics.verdicts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from smartiqa.core.errors import InputError
from smartiqa.metrics.measures import Measure, all_measures
from smartiqa.paper.latex.values import Branch
from smartiqa.results.comparison_results import Comparison
from smartiqa.results.measures import Statistic


def ran(values: Mapping[str, Any], *names: str) -> bool:
    """Whether the study ran every one of these experiments."""
    experiments = values["experiments"]
    return all(name in experiments and experiments[name]["status"] == "run" for name in names)


def those_run(values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The experiments that the study ran, in the given order."""
    return [name for name in names if ran(values, name)]


def counterparts(values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The experiments with which others are compared."""
    found = (values["experiments"][name]["compared_with"] for name in names)
    return [name for name in dict.fromkeys(found) if name is not None]


def all_run(values: Mapping[str, Any], names: Iterable[str] | None = None) -> list[str]:
    """The experiments that the study ran, all or those among `names`, in the order of the text."""
    wanted = set(values["experiments"] if names is None else names)
    in_groups = [name for group in values["group_order"] for name in values["groups"][group]]
    order = dict.fromkeys([*in_groups, *sorted(wanted)])
    return those_run(values, [name for name in order if name in wanted])


def rebuilt(values: Mapping[str, Any]) -> list[str]:
    """The experiments that rebuild SMART-IQA, on its Swin transformers, and that were run."""
    models = values["published"]["models"]
    return those_run(values, [name for model, name in models.items() if model != "hyperiqa"])


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


def measured(
    values: Branch, name: str, metric: Measure, dataset: str = ""
) -> Annotated[Branch, Statistic] | None:
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
    values: Branch, first: str, second: str, group: str, metric: Measure = "srcc", dataset: str = ""
) -> Comparison | None:
    """The comparison of two experiments in a group, turned if it was made the other way round.

    None if the study did not run both or made no such comparison.
    """
    dataset = dataset or values["study"]["training_dataset"]
    for entry in values["comparisons"].get(group, []):
        if (entry["dataset"], entry["metric"]) != (dataset, metric):
            continue
        if {entry["first"], entry["second"]} == {first, second}:
            found = Comparison.model_validate(dict(entry.items()))
            return found if found.first == first else found.turned()
    return None


def best(values: Branch, names: Sequence[str], metric: Measure, dataset: str = "") -> str | None:
    """The experiment with the best mean; None if none was measured."""
    found = {name: measured(values, name, metric, dataset) for name in names}
    means = {name: statistic["mean"] for name, statistic in found.items() if statistic is not None}
    if not means:
        return None
    choose = min if all_measures()[metric].is_error else max
    return choose(means, key=lambda name: means[name])


def clear_best(
    values: Branch, names: Sequence[str], group: str, metric: Measure, dataset: str = ""
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
