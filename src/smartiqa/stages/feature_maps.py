from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest, Run, Store, ends_with


def main(
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[
        Path, typer.Option(dir_okay=False, callback=ends_with(".npz"), help="the npz file to write")
    ],
) -> None:
    r"""Record what the stages of a trained backbone respond to in a good and in a poor photo.

    Example:
        smartiqa feature-maps --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output feature_maps.npz
    """
    from smartiqa.evaluation.feature_maps import write_feature_maps

    write_feature_maps(run, manifest, store, output)
