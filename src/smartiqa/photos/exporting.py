"""A model as one ONNX file, which scores crops wherever ONNX Runtime runs."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from smartiqa.core.errors import InputError
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel
from smartiqa.photos.new_files import new_file

TRIED = (1, 2, 5)  # crops a batch
CLOSE = 1e-3  # of the 100 points of the scale; ONNX Runtime adds in another order
INPUT, OUTPUTS = "crops", ("quality", "attention")
# `smartiqa.data.crop_positions.grid_positions`, for those who have only the file.
POSITIONS = (
    "n crops of side c in a photo of height h and width w: R = round(sqrt(n (h - c + 1) / "
    "(w - c + 1))), halves to even, at least 1 and at most n; row i = 0 .. R - 1 has "
    "floor((i + 1) n / R) - floor(i n / R) crops. m places in a room r: floor(k r / (m - 1)) for "
    "k = 0 .. m - 1, or floor(r / 2) if m is 1. Tops are the R places in h - c; lefts, in each "
    "row, those of its crops in w - c"
)


class CropScorer(nn.Module):
    """A model from the pixels of crops on, in float32.

    Args:
        model: is moved to the CPU, in float32.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: PhotoModel) -> None:
        super().__init__()
        self.network = model.network.cpu().float()
        self.weighs_stages = model.stages > 0
        for name in ("mean", "std"):
            values = torch.tensor(getattr(model.backbone, name)).reshape(3, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        """Score crops.

        Args:
            crops: (batch, crop, crop, 3), uint8, RGB.

        Returns:
            (batch,) qualities from 0 to 100, and of a model with a gate over stages (batch, 4)
            shares of attention.
        """
        images = crops.permute(0, 3, 1, 2).to(torch.float32) / 255
        output = self.network((images - self.mean) / self.std)
        if output.attention is None or not self.weighs_stages:
            return (output.scores,)
        return output.scores, output.attention


def export_model(source: Path, output: Path) -> None:
    """Write a model as ONNX, checked against PyTorch at several batch sizes.

    Its input `crops` is (batch, crop, crop, 3) uint8, so that nothing but resizing and cropping is
    left to whoever uses it; its metadata say how that was done in training. Everything is float32,
    whatever the run computed in.

    Args:
        source: folder of a run, or a released checkpoint.
        output: the file to write.

    Raises:
        InputError: the packages for it are missing, or ONNX Runtime gives other scores.
    """
    _require("onnx", "onnxscript", "onnxruntime")
    model = load_model(source)
    scorer = CropScorer(model).eval()
    with new_file(output) as temporary:
        _write(scorer, model, temporary)
        if (apart := _difference(scorer, model.crop, temporary)) > CLOSE:
            raise InputError(
                f"{source}: ONNX Runtime scores crops up to {apart:.2g} of 100 points away from "
                f"PyTorch (at most {CLOSE:g} are accepted); other versions of torch or onnxruntime "
                "may agree"
            )


def description_of(model: PhotoModel) -> dict[str, str]:
    """Return what a user of the file has to know, as ONNX metadata."""
    return {
        "description": model.description,
        "resize": json.dumps({"kind": model.resize.kind, "size": model.resize.size}),
        "crop": str(model.crop),
        "crops": f"{model.usual_crops}, evenly spread; the quality of a photo is their mean",
        "positions": POSITIONS,
        "quality": "0 worst to 100 best, not clipped",
        "smartiqa": version("smartiqa"),
    }


def _require(*packages: str) -> None:
    if missing := [package for package in packages if find_spec(package) is None]:
        raise InputError(f"{', '.join(missing)}: not installed; pip install 'smartiqa[export]'")


def _write(scorer: CropScorer, model: PhotoModel, path: Path) -> None:
    crops = torch.from_numpy(_crops(2, model.crop))
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they report every node that they merge
    program: Any = torch.onnx.export(
        scorer,
        (crops,),
        dynamo=True,
        dynamic_shapes={INPUT: {0: torch.export.Dim("batch", min=1)}},
        input_names=[INPUT],
        output_names=OUTPUTS[: len(scorer(crops))],
        verbose=False,
    )
    program.model.metadata_props.update(description_of(model))
    program.save(path)


def _difference(scorer: CropScorer, crop: int, path: Path) -> float:
    """Return by how much ONNX Runtime and PyTorch differ at most, of 100 points."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    apart = []
    for batch in TRIED:
        crops = _crops(batch, crop)
        with torch.inference_mode():
            expected = scorer(torch.from_numpy(crops))[0].numpy()
        apart.append(float(abs(session.run(None, {INPUT: crops})[0] - expected).max()))
    return max(apart)


def _crops(batch: int, crop: int) -> NDArray[np.uint8]:
    """Draw crops of noise, each of another contrast."""
    noise = np.random.default_rng(batch).random((batch, crop, crop, 3))
    contrast = np.linspace(0.2, 1, batch).reshape(-1, 1, 1, 1)
    return (255 * contrast * noise).astype(np.uint8)
