from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import SCHEMAS


def main(
    output: Annotated[Path, typer.Option(file_okay=False, help="folder of the schemas")] = SCHEMAS,
) -> None:
    """Write JSON schemas of the YAML files in workflow/config, by which editors complete keys.

    Example:
        smartiqa schema
    """
    from smartiqa.claims.schema import Ledger
    from smartiqa.config.catalogue import Catalogue
    from smartiqa.config.published import Published
    from smartiqa.config.schemas import write_schemas
    from smartiqa.config.study import Study

    write_schemas(
        {"study": Study, "catalogue": Catalogue, "claims": Ledger, "published": Published}, output
    )
