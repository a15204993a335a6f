from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Dataset, Expect, Study, Workers


def main(
    study: Study,
    dataset: Dataset,
    output: Annotated[
        Path, typer.Option(dir_okay=False, help="manifest.parquet; its checks go to checks/ beside")
    ],
    catalogue: Catalogue = CATALOGUE,
    training: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="checks/images.parquet of the dataset that is trained on, to compare with",
        ),
    ] = None,
    workers: Workers = 1,
    expect: Expect = None,
) -> None:
    """Check a dataset and write its manifest: one row an image, one table for all datasets.

    Example:
        smartiqa prepare --study koniq --dataset koniq10k --output manifest.parquet --workers 8
    """
    from smartiqa.config.stage_settings import as_planned, prepared_settings, read_study
    from smartiqa.data.preparation import prepare

    settings = as_planned(prepared_settings(*read_study(study, catalogue), dataset), expect)
    prepare(**settings, workers=workers, output=output, training=training)
