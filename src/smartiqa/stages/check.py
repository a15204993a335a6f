from __future__ import annotations

from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, study_file
from smartiqa.stages.options import Catalogue, StudyIfAny, StudyInstead


def main(
    study: StudyIfAny = None,
    named: StudyInstead = None,
    catalogue: Catalogue = CATALOGUE,
    job: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE[ VALUE]...",
            help="look only at what this job of a build needs, such as 'prepare spaq'; repeatable",
        ),
    ] = None,
    elsewhere: Annotated[
        bool, typer.Option("--elsewhere", help="jobs run elsewhere: leave out this machine")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="tell errors and warnings only")] = False,
) -> None:
    """Tell in seconds what would stop a study hours later: data, weights, disk, device, TeX.

    Example:
        smartiqa check koniq
    """
    from smartiqa.preflight.check import check_study, require_no_errors

    if study and named:
        raise typer.BadParameter("the study is named twice, as an argument and by --study")
    chosen = study or named or study_file("demo")
    found = check_study(chosen, catalogue, job or None, elsewhere=elsewhere)
    for finding in found:
        if not (quiet and finding.level == "note"):
            print(finding)
    require_no_errors(chosen, found)
