from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Manifest, PretrainedWeights, Store, Study


def main(
    study: Study,
    manifest: Manifest,
    store: Store,
    weights: PretrainedWeights,
    output: Annotated[Path, typer.Option(dir_okay=False, help="floors.json")],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Measure what a model must beat: a constant, look-alikes, probes of the frozen backbone.

    Example:
        smartiqa floors --study demo --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none \
          --weights results/demo/weights/swin_base.safetensors --output floors.json
    """
    from smartiqa.config.planned import resolve, testing_of
    from smartiqa.config.stage_settings import as_planned, floor_settings, read_study
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.floors import floors

    read = read_study(study, catalogue)
    experiment = resolve(*read, as_planned(floor_settings(*read), expect)["experiment"]["id"])
    testing, statistics = testing_of(*read, experiment.id), read[0].statistics
    write_json(output, floors(experiment, testing, statistics, manifest, store, weights))
