from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest, Run, Store


def main(
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[Path, typer.Option(dir_okay=False, help="masking.json")],
) -> None:
    r"""Measure whether the places that a run's maps point at matter more for its scores.

    Example:
        smartiqa masking --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output masking.json
    """
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.masking import masking

    write_json(output, masking(run, manifest, store).model_dump(mode="json"))
