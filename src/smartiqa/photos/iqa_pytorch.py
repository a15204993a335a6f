"""Models of ours among the metrics of IQA-PyTorch (the package pyiqa), without a fork of it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from smartiqa.core.errors import InputError
from smartiqa.photos.loading import load_model

METRIC = "smartiqa"


class PhotoMetric(nn.Module):
    """A model as IQA-PyTorch calls its networks.

    Args:
        source: what `load_model` takes.
        crops: of each image; None takes the model's.
    """

    def __init__(self, source: str | Path | None = None, crops: int | None = None) -> None:
        super().__init__()
        self.model = load_model(source)
        self.network = self.model.network  # so that it moves to the metric's device
        self.crops = crops

    def forward(self, images: Tensor) -> Tensor:
        """Score images (batch, 3, height, width) with values from 0 to 1: (batch, 1), 0 to 100.

        Raises:
            InputError: an image is smaller than a crop, or a gradient is asked for.
        """
        if torch.is_grad_enabled():
            raise InputError(
                f"the metric {METRIC} rates whole pixels, which have no gradient, so it is no "
                "loss: create it with as_loss=False"
            )
        scores = [self.model.score(image.cpu(), self.crops).quality for image in images]
        return images.new_tensor(scores)[:, None]


def register_in_pyiqa() -> None:
    """Let `pyiqa.create_metric("smartiqa", source=...)` find models of ours.

    `source` is what `smartiqa.load_model` takes, and `crops` are those of an image. The scores are
    those of `PhotoModel.score`. Paths are read by IQA-PyTorch, which does not turn photos upright.

    Raises:
        InputError: the package pyiqa is not installed.
    """
    if find_spec("pyiqa") is None:
        raise InputError("pyiqa: not installed; pip install pyiqa")
    from pyiqa.default_model_configs import DEFAULT_CONFIGS
    from pyiqa.utils.registry import ARCH_REGISTRY

    if METRIC not in DEFAULT_CONFIGS:
        ARCH_REGISTRY.register(PhotoMetric)
        DEFAULT_CONFIGS[METRIC] = {
            "metric_opts": {"type": PhotoMetric.__name__},
            "metric_mode": "NR",
            "score_range": "0, 100",
        }
