from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest, Run, Store


def main(
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[Path, typer.Option(dir_okay=False, help="robustness.json")],
) -> None:
    r"""Measure how far small damage, and choices that should not matter, move a run's scores.

    Example:
        smartiqa robustness --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output robustness.json
    """
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.robustness import robustness

    write_json(output, robustness(run, manifest, store).model_dump(mode="json"))
