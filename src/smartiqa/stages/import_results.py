from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def main(
    archive: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="made by smartiqa export-results"),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="give up results that are here and differ")
    ] = False,
) -> None:
    """Check an archive of results, and put them where Snakemake finds them.

    Example:
        smartiqa import-results demo.zip && snakemake -n
    """
    from smartiqa.sharing.travel import import_results

    contents = import_results(Path.cwd(), archive, replace)
    sys.stdout.write(
        f"{len(contents.files)} files and {len(contents.runs)} runs of the study "
        f"'{contents.study}' are in place; `snakemake -n --config study={contents.study}` "
        "says what differs here\n"
    )
