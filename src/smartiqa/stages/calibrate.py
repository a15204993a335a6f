from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, ExperimentId, Manifest, Run, Store, Study


def main(
    study: Study,
    experiment: ExperimentId,
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[
        Path,
        typer.Option(file_okay=False, help="folder of calibration.json and validation.parquet"),
    ],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Measure on validation images how wide an interval for a single photo has to be.

    Example:
        smartiqa calibrate --study demo --experiment C3 --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output results/demo/runs/C3/seed1
    """
    from smartiqa.config.stage_settings import as_planned, predicted_settings, read_study
    from smartiqa.evaluation.calibration import calibrate_run

    read = read_study(study, catalogue)
    testing = as_planned(predicted_settings(*read, experiment), expect)
    trained_as = read[1].experiments[experiment].trained_as(experiment)
    calibrate_run(run, trained_as, testing, manifest, store, output)
