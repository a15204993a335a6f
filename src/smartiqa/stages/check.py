from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, StudyArgument, StudyEither


def main(
    study: StudyArgument = Path("demo"),
    named: StudyEither = None,
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

    study = named or study
    found = check_study(study, catalogue, job or None, elsewhere=elsewhere)
    for finding in found:
        if not (quiet and finding.level == "note"):
            print(finding)
    require_no_errors(study, found)
