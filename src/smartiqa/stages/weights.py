from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.config.files import CATALOGUE
from smartiqa.stages.options import Catalogue, Expect, Role, Study, ends_with


def main(
    study: Study,
    role: Role,
    output: Annotated[
        Path,
        typer.Option(
            dir_okay=False,
            callback=ends_with(".safetensors"),
            help="safetensors; a record goes beside, as JSON",
        ),
    ],
    catalogue: Catalogue = CATALOGUE,
    expect: Expect = None,
) -> None:
    """Bring pretrained weights of a backbone into one form: timm's names, safetensors.

    Example:
        smartiqa weights --study koniq --role swin_base --output swin_base.safetensors
    """
    from smartiqa.config.stage_settings import as_planned, read_study, weights_settings
    from smartiqa.models.pretrained import prepare_weights

    settings = weights_settings(read_study(study, catalogue)[0], role)
    prepare_weights(**as_planned(settings, expect), output=output)
