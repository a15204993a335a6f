from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def main(
    images: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, help="checks/images.parquet of two or more datasets"
        ),
    ],
    output: Annotated[Path, typer.Option(dir_okay=False, help="the CSV file to write")],
) -> None:
    """List the images that two datasets share.

    Example:
        smartiqa shared-images results/koniq/data/*/checks/images.parquet --output shared.csv
    """
    from smartiqa.data.checks.overlap import list_shared_images

    list_shared_images(images, output)
