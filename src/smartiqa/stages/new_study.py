from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.new_study.scores import Direction

Column = list[str] | None


def column(what: str) -> typer.models.OptionInfo:
    """An option that names a column of the label file."""
    found: typer.models.OptionInfo = typer.Option(metavar="COLUMN", help=f"column of {what}")
    return found


def main(
    name: Annotated[str, typer.Argument(metavar="NAME", help="of the study, such as mine")],
    images: Annotated[
        list[Path],
        typer.Option(metavar="FOLDER", help="of the images; a second one is tested across"),
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="table of their scores, in that folder (labels.csv)"),
    ] = None,
    image_column: Annotated[Column, column("file names (the one that names most)")] = None,
    score_column: Annotated[Column, column("scores (by its name)")] = None,
    split_column: Annotated[Column, column("train, validation, test")] = None,
    content_column: Annotated[Column, column("what several images are versions of")] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="LOW:HIGH", help="ends of the scale (narrowest usual one)"),
    ] = None,
    better: Annotated[
        list[Direction] | None,
        typer.Option(metavar="higher|lower", help="which scores are good (higher, if not DMOS)"),
    ] = None,
    title: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="of the data (name of the folder)")
    ] = None,
    backbone: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="efficientnet-lite0, demo, demo-tiny, paper, or a timm model with --weights",
        ),
    ] = "efficientnet-lite0",
    weights: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="of a timm model, a local file"),
    ] = None,
    skip_problems: Annotated[
        bool, typer.Option("--skip-problems", help="leave out images that cannot be used")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="write a study of this name anew")
    ] = False,
) -> None:
    r"""Write a study of your own images and their scores, and say what was seen.

    What is in parentheses is taken if nothing is said. With several --images, give an option once
    for all, or once for each in the same order. Then `make paper STUDY=NAME` builds its paper.

    Example:
        smartiqa new-study mine --images data/mine
        smartiqa new-study mine --images data/mine --labels data/mine/mos.csv \
          --score-column MOS --scale 1:5 --backbone demo
        smartiqa new-study both --images data/mine --images data/others --better higher
    """
    from smartiqa.new_study.wishes import wishes_of
    from smartiqa.new_study.writing import new_study

    columns = {
        "image": image_column,
        "score": score_column,
        "split": split_column,
        "reference": content_column,
    }
    wishes, titles = wishes_of(images, labels, columns, scale, better, title, skip_problems)
    new_study(name, wishes, titles, backbone, weights, replace, print)
