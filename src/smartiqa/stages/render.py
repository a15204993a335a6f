from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Cost, Timing, Values, ends_with


def main(
    template: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, callback=ends_with(".tex.j2"), help="a .tex.j2 file"
        ),
    ],
    values: Values,
    output: Annotated[Path, typer.Option(dir_okay=False, help="the .tex file to write")],
    ledger: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="claims.json, which the stage claims makes"),
    ] = None,
    timing: Timing = None,
    cost: Cost = None,
) -> None:
    r"""Render one template of the paper with the values of a study.

    Example:
        smartiqa render --template paper/tables/ablation.tex.j2 \
          --values results/demo/paper.json --output ablation.tex
    """
    from smartiqa.paper.rendering import read_values, render_part

    render_part(template, read_values(values, ledger=ledger, timing=timing, cost=cost), output)
