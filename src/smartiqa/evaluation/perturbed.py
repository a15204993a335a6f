"""What hidden places and attacks do to scores, with intervals over the contents of the photos.

Both are measured on the first seed alone, so intervals cover the chance of the contents, not that
of training.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smartiqa.config.planned import tried_experiments
from smartiqa.metrics.correlation import Array, Formula, weighted_difference, weighted_srcc
from smartiqa.metrics.inference import (
    Runs,
    contrast,
    correlation_interval,
    positive_interval,
)
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.results.image_records import (
    AttackEffect,
    AttackResults,
    Attacks,
    MapEffect,
    MaskingResults,
)
from smartiqa.results.measures import Bounded
from smartiqa.results.records import Attack, Masking, read_record
from smartiqa.results.study_results import Results


def masking_results(results: Results) -> MaskingResults:
    """Return what the score of the reference depends on.

    Raises:
        InputError: the stage masking has not run, or its photos show one content only.
    """
    name = results.roles.reference
    found = read_record(Masking, results.first_run(name) / "masking.json")

    def mean(areas: Sequence[float]) -> Bounded:
        runs = _over_contents(results, weighted_difference, areas, None, found.contents)
        return Bounded.of(contrast([runs], [1]).interval())

    return MaskingResults(
        experiment=name,
        contents=len({*found.contents}),
        maps=tuple(
            MapEffect(name=each.name, deletion=mean(each.deletion), insertion=mean(each.insertion))
            for each in found.maps
        ),
        **found.model_dump(include={"photos", "places", "draws", "whole"}),
    )


def attack_results(results: Results) -> Attacks:
    """Return how far attacks move the scores of the baseline and the reference.

    Raises:
        InputError: the stage attack has not run, or its photos show one content only.
    """
    records = {
        name: read_record(Attack, results.first_run(name) / "attack.json")
        for name in tried_experiments(results.study, results.catalogue)
    }
    return Attacks(
        experiments={name: _of_experiment(results, found) for name, found in records.items()}
    )


def _of_experiment(results: Results, found: Attack) -> AttackResults:
    def moved(after: Sequence[float]) -> Bounded:
        distances = np.abs(np.subtract(after, found.before))
        runs = _over_contents(results, weighted_difference, distances, None, found.contents)
        return Bounded.of(positive_interval(runs))

    def srcc(scores: Sequence[float]) -> Bounded:
        truth, contents = found.qualities, found.contents
        runs = _over_contents(results, weighted_srcc, scores, truth, contents)
        return Bounded.of(correlation_interval(runs))

    return AttackResults(
        photos=len(found.before),
        contents=len({*found.contents}),
        steps=found.steps,
        srcc=srcc(found.before),
        strengths=tuple(
            AttackEffect(
                strength=each.strength,
                psnr=each.psnr,
                change=moved(each.after),
                noise=moved(each.with_noise),
                srcc=srcc(each.after),
            )
            for each in found.strengths
        ),
    )


def _over_contents(
    results: Results,
    measure: Formula,
    x: Sequence[float] | Array,
    y: Sequence[float] | None,
    contents: Sequence[str],
) -> Runs:
    """Measure photos, and measure them again as contents are left out; without `y`, against 0."""
    groups = content_groups(contents, **results.study.statistics.model_dump())
    found = jackknife(measure, x, np.zeros(len(x)) if y is None else y, groups)
    return Runs.of([found])
