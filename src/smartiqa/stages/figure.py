from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import ResultsFolder, ends_with


def figures() -> list[str]:
    """List the names of all figures."""
    from smartiqa.paper.figures.needs import figure_names

    return figure_names()


def main(
    name: Annotated[
        str,
        typer.Argument(autocompletion=figures, help="such as losses: a module of paper.figures"),
    ],
    results: ResultsFolder,
    output: Annotated[
        Path, typer.Option(dir_okay=False, callback=ends_with(".pdf"), help="the PDF to write")
    ],
) -> None:
    """Draw one figure of the paper from the results of a study.

    Example:
        smartiqa figure losses --results results/demo --output losses.pdf
    """
    from smartiqa.paper.figures.saving import save_named

    save_named(name, results, output)
