from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

logger = logging.getLogger(__name__)


class Format(StrEnum):
    """What a model is written as."""

    ONNX = "onnx"
    HUGGINGFACE = "huggingface"


def main(
    model: Annotated[Path, typer.Argument(help="a run, or a released checkpoint")],
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
    from smartiqa.photos.new_files import require_folder, require_new
    from smartiqa.photos.sources import find_source

    source = find_source(model)
    if form is Format.ONNX:
        from smartiqa.stages.options import ends_with

        require_folder(ends_with(".onnx")(output))
        logger.info("%s: writing ONNX and comparing it with PyTorch, about a minute", source)

        from smartiqa.photos.exporting import export_model

        export_model(source, output)
    else:
        require_new(output)

        from smartiqa.photos.model_folder import save_model

        save_model(source, output)
    logger.info("%s is written", output)
