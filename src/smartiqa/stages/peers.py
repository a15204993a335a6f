from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Manifest, Study


def main(
    study: Study,
    manifest: Manifest,
    scores: Annotated[Path, typer.Option(file_okay=False, help="folder of <peer>.csv")],
    pins: Annotated[Path, typer.Option(exists=True, file_okay=False, help="of <peer>.txt")],
    output: Annotated[Path, typer.Option(dir_okay=False, help="peers.json")],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    r"""Measure predictors of other people on the test images of the study, from their scores.

    Example:
        smartiqa peers --study demo --manifest results/demo/data/synthetic/manifest.parquet \
          --scores results/demo/peers --pins envs/peers --output peers.json
    """
    from smartiqa.config.stage_settings import as_planned, peer_settings, read_study
    from smartiqa.core.files import write_json
    from smartiqa.evaluation.peers import PEERS, measure_peers

    read = read_study(study, catalogue)
    as_planned(peer_settings(read[0]), expect)
    tables = {name: scores / f"{name}.csv" for name in PEERS}
    found = {name: table for name, table in tables.items() if table.is_file()}
    files = {name: pins / f"{name}.txt" for name in found}
    write_json(output, measure_peers(manifest, read[0].statistics, found, files))
