from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def main(
    source: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="main.tex, which the stage render makes, as the rest"
        ),
    ],
    output: Annotated[Path, typer.Option(dir_okay=False, help="main.pdf")],
) -> None:
    """Typeset the rendered paper, and refuse a result that a reader should not see.

    Example:
        smartiqa typeset --source paper/main.tex --output paper/main.pdf
    """
    from smartiqa.paper.typesetting import typeset

    typeset(source, output)
