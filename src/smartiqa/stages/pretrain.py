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
    """Teach a backbone what distortions look like, without human labels or downloads.

    Example:
        smartiqa pretrain --study demo --role swin_base --output swin_base.safetensors
    """
    from smartiqa.config.stage_settings import as_planned, pretrained_settings, read_study
    from smartiqa.training.pretraining import pretrain

    settings = pretrained_settings(read_study(study, catalogue)[0], role)
    pretrain(**as_planned(settings, expect), output=output)
