from __future__ import annotations

import sys
from typing import Annotated

import typer


def main(
    seeds: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="N", help="of each model; repeatable (1, 2, 3, 5)"),
    ] = None,
    contents: Annotated[
        list[int] | None,
        typer.Option(min=2, metavar="N", help="of test images; repeatable (6, 20, 81, 2015)"),
    ] = None,
    images: Annotated[int | None, typer.Option(min=1, help="images a content")] = None,
    simulations: Annotated[
        int | None, typer.Option(min=1, help="simulated studies for each line")
    ] = None,
) -> None:
    """Simulate how often a difference between equally good models is called significant.

    Example:
        smartiqa error-rates --seeds 3 --seeds 5 --contents 81 --simulations 100
    """
    from smartiqa.evaluation.error_rates import CONTENTS, SEEDS, table

    for line in table(seeds or SEEDS, contents or CONTENTS, images, simulations):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
