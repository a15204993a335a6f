from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages import options


def main(
    study: options.Study,
    experiment: options.ExperimentId,
    seed: options.Seed,
    manifest: options.Manifest,
    store: options.Store,
    weights: options.PretrainedWeights,
    output: Annotated[Path, typer.Option(file_okay=False, help="folder of the run")],
    catalogue: options.Catalogue = CATALOGUE,
    teacher: options.TeacherFile = None,
    mixed: options.MixedFolders = None,
    tested: options.Tested = None,
    shared: options.SharedPlace = None,
    processes: Annotated[int, typer.Option(min=1, max=1024, help="that train it together")] = 1,
    expect: options.Expect = None,
) -> None:
    r"""Train one experiment with one seed; a run that was killed goes on from what it saved.

    Example:
        smartiqa train --study demo --experiment C3 --seed 1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none \
          --weights results/demo/weights/swin_base.safetensors --output results/demo/runs/C3/seed1
    """
    from smartiqa.config.stage_settings import as_planned, read_study, trained_settings
    from smartiqa.training.run import train_run
    from smartiqa.training.team import quiet_if_lost, was_launched

    read = as_planned(trained_settings(*read_study(study, catalogue), experiment), expect)
    if processes > 1 and not was_launched():
        from smartiqa.training.launch import launch_training

        files = {"manifest": manifest, "store": store, "weights": weights, "teacher": teacher}
        lists = {"mixed": mixed, "tested": tested}
        given = {"study": study, "catalogue": catalogue, "experiment": experiment, "seed": seed}
        given |= {**files, **lists, "output": output, "shared": shared, "expect": expect}
        raise typer.Exit(launch_training(read, processes, given))
    with quiet_if_lost():
        train_run(
            read, seed, manifest, store, weights, output, shared, teacher, mixed or (), tested or ()
        )
