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
    PretrainedWeights,
    Seed,
    Store,
    Study,
)


def main(
    study: Study,
    experiment: ExperimentId,
    seed: Seed,
    manifest: Manifest,
    store: Store,
    weights: PretrainedWeights,
    output: Annotated[Path, typer.Option(file_okay=False, help="folder of the run")],
    catalogue: Catalogue = CATALOGUE,
    shared: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="where finished runs are shared: a folder, rsync target or URL"
        ),
    ] = None,
    expect: Expect = None,
) -> None:
    r"""Train one experiment with one seed; a run that was killed goes on from its last epoch.

    Example:
        smartiqa train --study demo --experiment C3 --seed 1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none \
          --weights results/demo/weights/swin_base.safetensors --output results/demo/runs/C3/seed1
    """
    from smartiqa.config.stage_settings import as_planned, read_study, trained_settings
    from smartiqa.training.run import train_run

    read = trained_settings(*read_study(study, catalogue), experiment)
    train_run(as_planned(read, expect), seed, manifest, store, weights, output, shared)
