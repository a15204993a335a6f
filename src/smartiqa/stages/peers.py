from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Manifest, Study


def main(
    study: Study,
    manifest: Manifest,
    scores: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="<peer>.csv, of one peer or more"),
    ] = None,
    *,
    pins: Annotated[Path, typer.Option(exists=True, file_okay=False, help="of <peer>.txt")],
    output: Annotated[Path, typer.Option(dir_okay=False, help="peers.json")],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Measure predictors of other people on the test images of the study, from their scores.

    Example:
        smartiqa peers --study demo --manifest results/demo/data/synthetic/manifest.parquet \
          results/demo/peers/*.csv --pins envs/peers --output peers.json
    """
    from smartiqa.config.stage_settings import as_planned, peer_settings, read_study
    from smartiqa.core.json_files import write_json
    from smartiqa.evaluation.peers import measure_peers

    read = read_study(study, catalogue)
    as_planned(peer_settings(read[0]), expect)
    found = {path.stem: path for path in scores or []}
    files = {name: pins / f"{name}.txt" for name in found}
    write_json(output, measure_peers(manifest, read[0].statistics, found, files))
