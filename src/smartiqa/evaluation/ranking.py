"""All experiments of a study in one order, and which of them the paper's tests tell apart."""

from __future__ import annotations

from itertools import combinations

from smartiqa.evaluation.comparisons import METRIC
from smartiqa.metrics.inference import contrast
from smartiqa.metrics.letters import compact_letters
from smartiqa.metrics.significance import holm
from smartiqa.metrics.verdicts import SIGNIFICANCE, enough_for_a_verdict
from smartiqa.results.comparison_results import Ranked, Ranking
from smartiqa.results.study_results import Results


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
