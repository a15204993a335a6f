"""How often calibrated intervals hold the true score of a test image, and how wide they are."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from smartiqa.config.planned import calibrated_experiments
from smartiqa.metrics.conformal import ends
from smartiqa.metrics.correlation import Array, Formula
from smartiqa.metrics.inference import LEVEL, Runs, contrast
from smartiqa.metrics.jackknife import Jackknife, content_groups, jackknife
from smartiqa.results.image_records import CalibratedIntervals, Coverage
from smartiqa.results.measures import Bounded
from smartiqa.results.records import Calibration, read_record
from smartiqa.results.run_files import CALIBRATION
from smartiqa.results.study_results import Results


def calibrated_intervals(results: Results) -> dict[str, CalibratedIntervals]:
    """Return how the intervals of each calibrated experiment do on every dataset it is tested on.

    Raises:
        InputError: a run is not calibrated, or a table of predictions is missing.
    """
    return {
        name: _of_experiment(results, name)
        for name in calibrated_experiments(results.study, results.catalogue)
    }


def _of_experiment(results: Results, name: str) -> CalibratedIntervals:
    records = [
        read_record(Calibration, results.run(name, seed) / CALIBRATION)
        for seed in results.study.seeds_of(name)
    ]
    margins = [math.inf if r.half_width is None else r.half_width for r in records]
    finite = math.isfinite(max(margins))
    return CalibratedIntervals(
        **records[0].model_dump(exclude={"half_width"}),
        half_width=float(np.mean(margins)) if finite else None,
        coverage={
            dataset: _coverage(results, name, dataset, margins)
            for dataset in results.datasets_of(name)
            if finite
        },
    )


def _coverage(results: Results, name: str, dataset: str, margins: list[float]) -> Coverage:
    """Return the share of images held, mean over seeds, and the mean width of intervals."""
    tables = results.predictions(name, dataset)
    pairs = list(zip(tables, margins, strict=True))
    found = [_held(table, margin, results) for table, margin in pairs]
    widths = [np.subtract(*reversed(ends(table["prediction"], m))).mean() for table, m in pairs]
    return Coverage(share=share_with_interval(Runs.of(found)), width=float(np.mean(widths)))


def share_with_interval(runs: Runs) -> Bounded:
    """Return a share, mean over runs, with its 95 % interval.

    All or none of the images are what they are without any content, too, as if the share were
    certain. Then it is the interval of Clopper and Pearson (Biometrika 26, 1934) for as many draws
    as there are groups of contents.

    Args:
        runs: of each run the share, and what it is without each group of contents.
    """
    share = contrast([runs], [1]).interval()
    if share.value in (0, 1):
        groups = runs.left_out.shape[1]
        exact = stats.binomtest(int(share.value) * groups, groups).proportion_ci(LEVEL)
        return Bounded(value=share.value, low=float(exact.low), high=float(exact.high))
    return Bounded(value=share.value, low=max(share.low, 0.0), high=min(share.high, 1.0))


def _held(table: pd.DataFrame, margin: float, results: Results) -> Jackknife:
    groups = content_groups(table["content"], **results.study.statistics.model_dump())
    return jackknife(held_within(margin), table["prediction"], table["quality"], groups)


def held_within(margin: float) -> Formula:
    """Return the measure "share of the images that the intervals hold", for weighted images."""

    def share(predictions: Array, truth: Array, weights: Array) -> Array:
        low, high = ends(predictions, margin)
        held = (low <= truth) & (truth <= high)
        found: Array = np.einsum("rn,n->r", weights, held) / weights.sum(axis=1)
        return found

    return share
