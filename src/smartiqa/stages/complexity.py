from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Study


def main(
    study: Study,
    output: Annotated[Path, typer.Option(dir_okay=False, help="complexity.json")],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    """Count parameters, multiply-accumulates and generated weights; without data or weights.

    Example:
        smartiqa complexity --study koniq --output complexity.json
    """
    from smartiqa.config.stage_settings import as_planned, counted_settings, read_study
    from smartiqa.core.json_files import write_json
    from smartiqa.models.complexity import count

    read = read_study(study, catalogue)
    as_planned(counted_settings(*read), expect)
    write_json(output, count(*read))
