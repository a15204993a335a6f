from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE, PUBLISHED
from smartiqa.stages.options import Catalogue, Published


def main(
    paper: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="folder of templates")
    ] = Path("paper"),
    catalogue: Catalogue = CATALOGUE,
    published: Published = PUBLISHED,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="list what the check cannot see")
    ] = False,
) -> None:
    """Check that templates ask only for what exists; nothing has to be built.

    Example:
        smartiqa check-templates --unseen
    """
    from smartiqa.config.study import load_catalogue
    from smartiqa.core.errors import InputError
    from smartiqa.paper.checks.values import check_templates, told

    found = check_templates(paper, load_catalogue(catalogue), published)
    sys.stdout.write(told(found, unseen))
    if found.problems:
        raise InputError("\nerror: ".join(found.problems))
