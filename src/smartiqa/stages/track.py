from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Study


def main(
    study: Study = Path("demo"),
    output: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="folder of the event files (tensorboard/<study>)"),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="go on until all trainings are finished")
    ] = False,
    catalogue: Catalogue = CATALOGUE,
) -> None:
    """Write the epochs of a study's trainings as event files of TensorBoard.

    Example:
        smartiqa track --study koniq --follow
    """
    from smartiqa.results.study_results import Results
    from smartiqa.training.event_files import follow as follow_trainings

    results = Results.of(study, catalogue)
    folder = output or Path("tensorboard", results.study.name)
    written = follow_trainings(results, folder, until_done=follow)
    print(f"{written} epochs in {folder}; tensorboard --logdir {folder}")
