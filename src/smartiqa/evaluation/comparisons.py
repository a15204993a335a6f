"""Differences between experiments: each is computed here, once, and stored in one place.

`paper.json` keeps them under `comparisons`, by the family within which p-values are corrected.
Texts, tables, figures and claims that speak of a difference, a step or the total of a gain read
that one record. A difference is tested only if both experiments have enough seeds and the test
images enough contents (`metrics.verdicts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from smartiqa.core.errors import InputError
from smartiqa.metrics.inference import Runs, contrast, share
from smartiqa.metrics.letters import compact_letters
from smartiqa.metrics.measures import Measure
from smartiqa.metrics.significance import holm
from smartiqa.metrics.verdicts import SIGNIFICANCE, enough_for_a_verdict
from smartiqa.results.comparison_results import Comparison, Gain, Ranked, Ranking
from smartiqa.results.measures import Bounded
from smartiqa.results.study_results import Results

METRIC: Measure = "srcc"
CROSS_GROUP = "cross_dataset"  # of comparisons on the cross-datasets, beside the catalogue's groups


def comparisons(results: Results) -> dict[str, list[Comparison]]:
    """Test every experiment of a group against what it is compared with, within the group."""
    home, planned = results.study.training_dataset, set(results.planned)
    found: dict[str, list[Comparison]] = {}
    for group in results.catalogue.groups_with(results.roles):
        pairs = results.catalogue.pairs_of(group, results.roles)
        run = [pair for pair in pairs if set(pair) <= planned]
        found[group] = corrected([difference(results, *pair, home) for pair in run])
    return found | {CROSS_GROUP: cross_comparisons(results)}


def cross_comparisons(results: Results) -> list[Comparison]:
    """Test the reference against the baseline on every cross-dataset."""
    baseline, full = results.roles.baseline, results.roles.reference
    tested = set(results.planned) & set(results.study.cross_experiments)
    if baseline is None or not {baseline, full} <= tested:
        return []
    datasets = results.study.cross_datasets
    return corrected([difference(results, baseline, full, dataset) for dataset in datasets])


def difference(results: Results, first: str, second: str, dataset: str) -> Comparison:
    """Return how much higher the SRCC of `second` is than that of `first`, with its test.

    An interval takes two seeds of both, since one cannot show how training varies; a p-value takes
    enough for a verdict. What is not given is None.

    Raises:
        InputError: a run was not measured, or the two were tested on different images.
    """
    scores = [results.scores(name, dataset) for name in (first, second)]
    if scores[0][0].test_images != scores[1][0].test_images:
        raise InputError(f"{first} and {second} were tested on different images of {dataset}")
    seeds, contents = (len(scores[0]), len(scores[1])), scores[0][0].contents
    pair = [results.measured(name, dataset, METRIC) for name in (first, second)]
    return compared((first, second), dataset, pair, seeds, contents, least_seeds=min(seeds))


def compared(
    names: tuple[str, str],
    dataset: str,
    pair: Sequence[Runs],
    seeds: tuple[int, int],
    contents: int,
    *,
    least_seeds: int,
) -> Comparison:
    """Compare two measured on the same images; see `difference` for what is not given.

    Args:
        names: of the first and the second.
        dataset: whose test images.
        pair: what was measured of both.
        seeds: of each.
        contents: of the test images.
        least_seeds: of those that involve chance.
    """
    found = contrast(pair, [-1, 1])
    interval = found.interval()
    tested = enough_for_a_verdict([least_seeds], contents)
    return Comparison(
        first=names[0],
        second=names[1],
        dataset=dataset,
        metric=METRIC,
        difference=found.value,
        low=interval.low if least_seeds > 1 else None,
        high=interval.high if least_seeds > 1 else None,
        p_value=found.p_value() if tested else None,
        significant=False,
        seeds=seeds,
        contents=contents,
        tests=0,
    )


def corrected(records: list[Comparison]) -> list[Comparison]:
    """Add Holm's correction for the number of tests, and the verdict at 5 %."""
    tested = [record.p_value for record in records if record.p_value is not None]
    adjusted = iter(holm(tested))
    found = []
    for record in records:
        p_holm = None if record.p_value is None else float(next(adjusted))
        significant = p_holm is not None and p_holm < SIGNIFICANCE
        changes = {"p_holm": p_holm, "significant": significant, "tests": len(tested)}
        found.append(record.model_copy(update=changes))
    return found


def gain(results: Results, ablation: list[Comparison]) -> Gain | None:
    """Shares of the ablation's steps in the whole gain; None if one of them was not run.

    The steps and the total are the records in `ablation`. There are no shares unless the total is
    a significant gain: a share of nothing is nothing.
    """
    experiments, steps = results.roles.ablation, results.roles.steps
    if not steps or not set(experiments) <= set(results.planned):
        return None
    whole = (experiments[0], experiments[-1])
    total = next((row for row in ablation if (row.first, row.second) == whole), None)
    if total is None or not total.significant or total.difference <= 0:
        return Gain(shares=None)
    dataset = results.study.training_dataset
    runs = [results.measured(name, dataset, METRIC) for name in experiments]
    levels = np.eye(len(experiments))
    shares = {}
    for place, step in enumerate(steps):
        part = levels[place + 1] - levels[place]
        shares[step.name] = Bounded.of(share(runs, part, levels[-1] - levels[0]))
    return Gain(shares=shares)


def ranking(results: Results) -> Ranking:
    """Rank all experiments by SRCC on the test images at home, and test every pair.

    Only experiments with enough seeds for a verdict are tested, with Holm's correction for all
    pairs of them; two share a letter if the test found no difference.

    Raises:
        InputError: a run was not measured.
    """
    home = results.study.training_dataset
    runs = {name: results.measured(name, home, METRIC) for name in results.planned}
    order = sorted(runs, key=lambda name: -runs[name].values.mean())
    contents = results.scores(order[0], home)[0].contents
    tested = [n for n in order if enough_for_a_verdict([len(runs[n].values)], contents)]
    pairs = list(combinations(tested, 2))
    p_values = holm([contrast([runs[a], runs[b]], [1, -1]).p_value() for a, b in pairs])
    differing = [pair for pair, p in zip(pairs, p_values, strict=True) if p < SIGNIFICANCE]
    letters = compact_letters(tested, differing)
    return Ranking(
        rows=tuple(Ranked(experiment=name, letters=letters.get(name)) for name in order),
        tests=len(pairs),
        differing=len(differing),
    )
