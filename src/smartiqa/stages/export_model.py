from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smartiqa.stages.options import ends_with


def main(
    model: Annotated[
        Path, typer.Argument(exists=True, help="folder of a run, or released checkpoint")
    ],
    output: Annotated[
        Path, typer.Option(dir_okay=False, callback=ends_with(".onnx"), help="the file to write")
    ],
) -> None:
    """Write a model as one ONNX file that scores crops, and check it against PyTorch.

    Example:
        smartiqa export-model results/demo/runs/C3/seed1 --output smart-iqa.onnx
    """
    from smartiqa.photos.exporting import export_model

    export_model(model, output)
