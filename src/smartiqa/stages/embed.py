from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest, PretrainedWeights, Run, Store, ends_with


def main(
    run: Run,
    manifest: Manifest,
    store: Store,
    weights: PretrainedWeights,
    output: Annotated[
        Path,
        typer.Option(
            dir_okay=False,
            callback=ends_with(".parquet"),
            help="parquet, one row an image; a record goes beside, as JSON",
        ),
    ],
) -> None:
    r"""Embed the target networks that a run generates: PCA of their weights, how they separate.

    Example:
        smartiqa embed --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none \
          --weights results/demo/weights/swin_base.safetensors --output generated.parquet
    """
    from smartiqa.evaluation.embedding import embed

    embed(run, manifest, store, weights, output)
