from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import (
    Catalogue,
    Expect,
    ExperimentId,
    Manifest,
    Run,
    Store,
    Study,
    ends_with,
)


def main(
    study: Study,
    experiment: ExperimentId,
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[
        Path,
        typer.Option(
            dir_okay=False,
            callback=ends_with(".parquet"),
            help="parquet, one row an image; <name>_crops.parquet goes beside",
        ),
    ],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Score the test images of a dataset with a run, as the experiment says.

    Example:
        smartiqa predict --study demo --experiment C3 --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/mixed/manifest.parquet \
          --store results/demo/data/mixed/store-none --output mixed.parquet
    """
    from smartiqa.config.stage_settings import as_planned, predicted_settings, read_study
    from smartiqa.evaluation.prediction import predict_run

    read = read_study(study, catalogue)
    testing = as_planned(predicted_settings(*read, experiment), expect)
    trained_as = read[1].experiments[experiment].trained_as(experiment)
    predict_run(run, trained_as, testing, manifest, store, output)
