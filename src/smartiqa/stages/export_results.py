from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import StudyArgument


def main(
    study: StudyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", dir_okay=False, help="archive, .zip")],
    without_stores: Annotated[
        bool,
        typer.Option("--without-stores", help="leave out decoded pixels: the paper needs none"),
    ] = False,
    without_weights: Annotated[
        bool,
        typer.Option("--without-weights", help="leave out networks: the paper needs none"),
    ] = False,
) -> None:
    """Pack the results of a study into one archive, for another clone.

    Example:
        smartiqa export-results demo -o demo.zip --without-stores
    """
    from smartiqa.sharing.travel import Part, export_results

    left_out: list[Part] = []
    if without_stores:
        left_out.append("stores")
    if without_weights:
        left_out.append("weights")
    contents = export_results(Path.cwd(), study.stem, output, left_out)
    sys.stdout.write(f"{output}: {len(contents.files)} files, {len(contents.runs)} runs\n")
