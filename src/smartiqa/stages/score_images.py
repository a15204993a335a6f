from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Crops

Table = Path | None


def main(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="photo, folder, pattern, or - for a list on stdin"),
    ],
    model: Annotated[
        Path | None,
        typer.Option(help="a run, an exported folder, or a checkpoint (the demo's C3)"),
    ] = None,
    crops: Crops = None,
    csv: Annotated[Table, typer.Option(dir_okay=False, help="write the table as CSV")] = None,
    json: Annotated[Table, typer.Option(dir_okay=False, help="or as JSON")] = None,
    parquet: Annotated[Table, typer.Option(dir_okay=False, help="or as Parquet")] = None,
    sheet: Annotated[
        Path | None, typer.Option(dir_okay=False, help="contact sheet, best photo to worst")
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="folder of a heat map of its quality for each photo"),
    ] = None,
    profiles: Annotated[
        bool, typer.Option(help="bring colours to sRGB by a photo's profile, or ignore it")
    ] = True,
) -> None:
    """Score photos: quality from 0 to 100, its spread over crops, interval, attention by stage.

    Example:
        smartiqa score-images photos/ > scores.csv
        smartiqa score-images 'trip/**/*.jpg' --json scores.json --sheet sheet.png
        find photos -newer list.txt | smartiqa score-images - --model results/koniq/runs/C3/seed42
    """
    from smartiqa.photos.request import check_request
    from smartiqa.photos.tables import one_table

    table = one_table({"csv": csv, "json": json, "parquet": parquet})
    request = check_request(paths, sys.stdin, model, table, sheet, explain)

    from smartiqa.photos.scoring import score_request  # takes seconds

    score_request(request, crops, profiles)
