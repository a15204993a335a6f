from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Study


def main(
    study: Study,
    output: Annotated[Path, typer.Option(dir_okay=False, help="timing.json")],
    catalogue: Catalogue = CATALOGUE,
    seconds: Annotated[
        float, typer.Option(min=0, help="least time of each measurement, in seconds")
    ] = 0.5,
    expect: Expect = None,
) -> None:
    """Time the models on this machine: latency, throughput and, if it shows, energy.

    Example:
        smartiqa timing --study demo --output timing.json --seconds 2
    """
    from smartiqa.config.stage_settings import as_planned, read_study, timed_settings
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.timing import measure

    read = read_study(study, catalogue)
    as_planned(timed_settings(*read), expect)
    write_json(output, measure(*read, seconds))
