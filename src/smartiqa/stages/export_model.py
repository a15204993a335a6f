from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """What a model is written as."""

    ONNX = "onnx"
    HUGGINGFACE = "huggingface"


def main(
    model: Annotated[Path, typer.Argument(exists=True, help="a run, or a released checkpoint")],
    output: Annotated[Path, typer.Option(help="the .onnx file, or the folder, to write")],
    form: Annotated[
        Format, typer.Option("--format", help="one file for ONNX Runtime, or a folder with a card")
    ] = Format.ONNX,
) -> None:
    """Write a model as one ONNX file, checked against PyTorch, or as a Hugging Face folder.

    Example:
        smartiqa export-model results/demo/runs/C3/seed1 --output smart-iqa.onnx
        smartiqa export-model results/demo/runs/C3/seed1 --format huggingface --output smart-iqa
    """
    if form is Format.ONNX:
        from smartiqa.photos.exporting import export_model
        from smartiqa.stages.options import ends_with

        export_model(model, ends_with(".onnx")(output))
    else:
        from smartiqa.photos.model_folder import save_model

        save_model(model, output)
