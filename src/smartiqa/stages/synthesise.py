from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Study, Workers


def main(
    study: Study,
    output: Annotated[
        Path, typer.Option(file_okay=False, help="folder that gets single/ and mixed/")
    ],
    catalogue: Catalogue = CATALOGUE,
    workers: Workers = 1,
    expect: Expect = None,
) -> None:
    """Distort photos into two labelled datasets, in the manner of KADID-10k.

    Example:
        smartiqa synthesise --study demo --output results/demo/raw
    """
    from smartiqa.config.stage_settings import as_planned, read_study, synthesised_settings
    from smartiqa.data.synthetic.synthesis import synthesise

    settings = synthesised_settings(read_study(study, catalogue)[0])
    synthesise(as_planned(settings, expect), output, workers)
