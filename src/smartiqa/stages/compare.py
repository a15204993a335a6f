from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Study, experiments


def main(
    first: Annotated[
        str,
        typer.Argument(
            metavar="FIRST", autocompletion=experiments, help="an experiment that was run"
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="SECOND", autocompletion=experiments, help="another one")
    ],
    study: Study = Path("demo"),
    dataset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="whose test images (those of the dataset trained on)"),
    ] = None,
    catalogue: Catalogue = CATALOGUE,
) -> None:
    """Say whether one experiment is better than another, from what was measured of their runs.

    Example:
        smartiqa compare C0 C3
        smartiqa compare C0 C3 --study koniq --dataset spaq
    """
    from smartiqa.evaluation.pairs import compare_pair
    from smartiqa.results.study_results import Results

    print(compare_pair(Results.of(study, catalogue), first, second, dataset))
