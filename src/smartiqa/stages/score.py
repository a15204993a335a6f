from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def main(
    predictions: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="predictions/<dataset>.parquet, which the stage predict makes",
        ),
    ],
    replicates: Annotated[int, typer.Option(min=2, help="most groups of contents to leave out")],
    seed: Annotated[int, typer.Option(min=0, help="of dealing contents into groups")],
    output: Annotated[Path, typer.Option(dir_okay=False, help="metrics.json")],
    data: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="folder of prepared datasets: also measure without images like those trained on",
        ),
    ] = None,
    learnt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATASET",
            help="whose own images the run was trained on or chosen with; repeatable",
        ),
    ] = None,
) -> None:
    r"""Measure predictions: every measure on all test images, and as contents are left out in turn.

    Example:
        smartiqa score results/demo/runs/C3/seed1/predictions/synthetic.parquet \
          --data results/demo/data --learnt synthetic --replicates 100 --seed 7 \
          --output metrics.json
    """
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.scoring import score_tables

    write_json(output, score_tables(predictions, replicates, seed, data, learnt or ()))
