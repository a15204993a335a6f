from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Dataset, Expect, Manifest, Study, Workers


def main(
    study: Study,
    dataset: Dataset,
    resize: Annotated[
        Literal["none", "squash", "aspect"],
        typer.Option(help="keep sizes, force all to one, or fit the short side; see `resize`"),
    ],
    manifest: Manifest,
    output: Annotated[Path, typer.Option(file_okay=False, help="folder of the store to make")],
    catalogue: Catalogue = CATALOGUE,
    workers: Workers = 1,
    expect: Expect = None,
) -> None:
    r"""Decode and resize the images of a manifest once, into a pixel store.

    Example:
        smartiqa store --study koniq --dataset spaq --resize aspect \
          --manifest results/koniq/data/spaq/manifest.parquet --output store-aspect --workers 8
    """
    from smartiqa.config.stage_settings import as_planned, read_study, stored_settings
    from smartiqa.data.store.building import build_resized

    read, _ = read_study(study, catalogue)
    settings = as_planned(stored_settings(read, dataset, resize), expect)
    build_resized(manifest, **settings, output=output, workers=workers)
