from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import Manifest


def main(
    peer: Annotated[str, typer.Option(metavar="NAME", help="a predictor, such as brisque")],
    manifest: Manifest,
    images: Annotated[Path, typer.Option(exists=True, file_okay=False, help="of the dataset")],
    runner: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="calls the peer")],
    python: Annotated[Path, typer.Option(help="of the peer's environment")],
    output: Annotated[Path, typer.Option(dir_okay=False, help="a CSV file")],
) -> None:
    r"""Score the test images of a dataset with a predictor of other people.

    Example:
        smartiqa peer-scores --peer brisque --images data/raw \
          --manifest results/demo/data/synthetic/manifest.parquet \
          --runner envs/peers/score_brisque.py --python .venv-peers/brisque/bin/python \
          --output brisque.csv
    """
    from smartiqa.core.files import replace_atomically
    from smartiqa.evaluation.peers import PEERS, score_with_peer

    PEERS[peer]
    table = score_with_peer(peer, manifest, images, runner, python)
    with replace_atomically(output) as temporary:
        temporary.write_text(table, encoding="utf-8")
