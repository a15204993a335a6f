"""What the paper says of floors: intervals, and how the full model compares with a probe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from smartiqa.core.errors import InputError
from smartiqa.evaluation.comparisons import METRIC, compared, corrected
from smartiqa.metrics.inference import Runs, measure_interval
from smartiqa.metrics.measures import Measure
from smartiqa.results.comparison_results import Comparison
from smartiqa.results.floor_records import Floor, Floors, MeasuredRuns
from smartiqa.results.measures import Bounded
from smartiqa.results.paper_results import CurveRow, FloorResults, FloorRow
from smartiqa.results.records import read_record
from smartiqa.results.study_results import Results


def floor_results(results: Results) -> FloorResults:
    """Return what the paper says of the floors of a study.

    Raises:
        InputError: `floors.json` is missing, or was measured on other images than the full model.
    """
    floors = read_record(Floors, results.folder / "floors.json")
    chosen = floors.chosen
    return FloorResults(
        rows=tuple(row(floor, floor is chosen) for floor in floors.floors),
        curve=tuple(
            CurveRow(
                share=point.share,
                images=point.images,
                draws=len(point.srcc.values),
                srcc=bounded("srcc", point.srcc),
            )
            for point in floors.curve
        ),
        comparison=against(results, floors, chosen) if chosen else None,
        **floors.model_dump(
            include={"experiment", "train", "validation", "test", "apart", "crops", "ceiling"}
        ),
    )


def row(floor: Floor, chosen: bool) -> FloorRow:
    """Return a floor with intervals."""
    return FloorRow(
        name=floor.name,
        chosen=chosen,
        measures=all_bounded(floor.measures),
        without_near_duplicates=all_bounded(floor.without_near_duplicates),
        stages=floor.stages,
        settings=floor.settings,
        validation_srcc=floor.validation_srcc,
    )


def all_bounded(measures: Mapping[Measure, MeasuredRuns]) -> dict[Measure, Bounded]:
    """Return every measure with its interval."""
    return {name: bounded(name, runs) for name, runs in measures.items()}


def bounded(measure: Measure, measured: MeasuredRuns) -> Bounded:
    """Return a measure with its interval over contents and, of several fits, over these."""
    return Bounded.of(measure_interval(measure, as_runs(measured)))


def as_runs(measured: MeasuredRuns) -> Runs:
    """Return measures in the form that inference takes."""
    return Runs(np.array(measured.values), np.array(measured.left_out))


def against(results: Results, floors: Floors, probe: Floor) -> Comparison | None:
    """Compare the full model with a probe by SRCC, on the same test images.

    A probe involves no chance, so what a verdict takes is asked of the full model's seeds alone.
    None if the probe predicts one score for all images that are left without some content.

    Raises:
        InputError: the two were measured on different images.
    """
    dataset = results.study.training_dataset
    scores = results.scores(floors.experiment, dataset)
    if scores[0].test_images != floors.test_images:
        raise InputError(
            f"{results.folder / 'floors.json'} was measured on other test images than "
            f"{floors.experiment}; run the stage floors anew"
        )
    if "srcc" not in probe.measures:
        return None
    seeds = len(scores)
    pair = [as_runs(probe.measures["srcc"]), results.measured(floors.experiment, dataset, METRIC)]
    names, contents = (probe.name, floors.experiment), floors.contents
    comparison = compared(names, dataset, pair, (1, seeds), contents, least_seeds=seeds)
    return corrected([comparison])[0]
