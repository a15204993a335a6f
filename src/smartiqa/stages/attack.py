from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest, Run, Store


def main(
    run: Run,
    manifest: Manifest,
    store: Store,
    output: Annotated[Path, typer.Option(dir_okay=False, help="attack.json")],
) -> None:
    r"""Measure how far perturbations that nobody sees can move a run's scores.

    Example:
        smartiqa attack --run results/demo/runs/C3/seed1 \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --store results/demo/data/synthetic/store-none --output attack.json
    """
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.attack import attack_run

    write_json(output, attack_run(run, manifest, store).model_dump(mode="json"))
