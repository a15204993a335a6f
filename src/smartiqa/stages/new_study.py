from __future__ import annotations

from typing import Annotated

import typer

from smartiqa.stages.options import (
    Better,
    ContentColumn,
    Folders,
    ImageColumn,
    LabelFiles,
    NewBackbone,
    NewWeights,
    Scales,
    ScoreColumn,
    SplitColumn,
    Titles,
)


def main(
    name: Annotated[str, typer.Argument(metavar="NAME", help="of the study, such as mine")],
    images: Folders,
    labels: LabelFiles = None,
    image_column: ImageColumn = None,
    score_column: ScoreColumn = None,
    split_column: SplitColumn = None,
    content_column: ContentColumn = None,
    scale: Scales = None,
    better: Better = None,
    title: Titles = None,
    backbone: NewBackbone = "efficientnet-lite0",
    weights: NewWeights = None,
    skip_problems: Annotated[
        bool, typer.Option("--skip-problems", help="leave out images that cannot be used")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="write it anew, if it exists")] = False,
) -> None:
    r"""Write a study of your own images and their scores, and say what was seen.

    What is in parentheses is taken if nothing is said. With several --images, give an option once
    for all, or once for each in the same order. Then `make paper STUDY=NAME` builds its paper.

    Example:
        smartiqa new-study mine --images data/mine
        smartiqa new-study mine --images data/mine --labels data/mine/mos.csv \
          --score-column MOS --scale 1:5 --backbone demo
        smartiqa new-study mine --images data/mine --backbone convnext_tiny.fb_in22k_ft_in1k
        smartiqa new-study both --images data/mine --images data/others --better higher
    """
    from smartiqa.new_study.wishes import wishes_of
    from smartiqa.new_study.writing import new_study

    names = (image_column, score_column, split_column, content_column)
    columns = dict(zip(("image", "score", "split", "reference"), names, strict=True))
    wishes, titles = wishes_of(images, labels, columns, scale, better, title, skip_problems)
    new_study(name, wishes, titles, backbone, weights, replace, print)
