from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Published, Study


def main(
    study: Study = Path("demo"),
    catalogue: Catalogue = CATALOGUE,
    published: Published = PUBLISHED,
    measured: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON of benchmarks/gpu.py, on your GPU"),
    ] = None,
    gpus: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="N", help="also tell the time on N of them; repeatable"),
    ] = None,
) -> None:
    """List the trainings of a study with the hours that they are estimated to take.

    Example:
        smartiqa trainings --study koniq --gpus 1 --gpus 8
    """
    from smartiqa.config.published import read_published
    from smartiqa.results.study_results import Results
    from smartiqa.training.plan import estimate

    results = Results.of(study, catalogue)
    sys.stdout.write(estimate(results, read_published(published), measured, gpus or ()))
