from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CLAIMS, PUBLISHED
from smartiqa.stages.options import Complexity, Cost, Expect, Published, Timing, ends_with


def main(
    complexity: Complexity,
    output: Annotated[
        Path,
        typer.Option(
            dir_okay=False, callback=ends_with(".json"), help="claims.json; claims.md goes beside"
        ),
    ],
    claims: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="the ledger, a YAML file")
    ] = CLAIMS,
    published: Published = PUBLISHED,
    values: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="paper.json, which the stage collate makes"),
    ] = None,
    timing: Timing = None,
    cost: Cost = None,
    expect: Expect = None,
) -> None:
    """Decide, claim by claim, what of the published paper holds, does not, or cannot be tested.

    Example:
        smartiqa claims --complexity results/demo/complexity.json --output claims.json
    """
    from smartiqa.claims.ledger import write_ledger
    from smartiqa.claims.schema import load_ledger
    from smartiqa.config.published import read_published
    from smartiqa.config.stage_settings import as_planned

    ledger, numbers = load_ledger(claims), read_published(published)
    as_planned([ledger, numbers], expect)
    write_ledger(ledger, numbers, complexity, (values, timing, cost), str(claims), output)
