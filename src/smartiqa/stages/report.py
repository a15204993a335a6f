from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Study, ends_with


def main(
    output: Annotated[
        Path,
        typer.Option(dir_okay=False, callback=ends_with(".html"), help="the HTML file to write"),
    ],
    study: Study = Path("demo"),
    catalogue: Catalogue = CATALOGUE,
    no_photos: Annotated[
        bool, typer.Option("--no-photos", help="embed no small copies of the test photos")
    ] = False,
    expect: Expect = None,
) -> None:
    """Write all that is known of a study, finished or not, into one HTML file.

    Example:
        smartiqa report --study demo --output report.html
    """
    from smartiqa.config.stage_settings import as_planned, read_study, reported_settings
    from smartiqa.report.page import write_report
    from smartiqa.results.study_results import Results

    as_planned(reported_settings(*read_study(study, catalogue)), expect)
    write_report(Results.of(study, catalogue), output, not no_photos)
