"""How a score changes with the pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from smartiqa.config.backbone import Backbone
from smartiqa.core.errors import InputError
from smartiqa.machine.device_kind import repeatable_attention
from smartiqa.machine.precision import Precision, autocast
from smartiqa.models.quality import QualityModel


def pixel_gradients(
    model: QualityModel, backbone: Backbone, crops: Tensor, precision: Precision
) -> Tensor:
    """Return what each score gains per grey level of each pixel.

    Args:
        model: in evaluation mode.
        backbone: of the model; how its input is normalised.
        crops: (batch, crop, crop, 3), grey levels of 0 to 255, whole or not.
        precision: what the model computes in.

    Returns:
        (batch, crop, crop, 3), float32, where the model is.

    Raises:
        InputError: the model cannot be differentiated.
    """
    device = next(model.parameters()).device
    pixels = crops.to(device, torch.float32).requires_grad_()
    mean, deviation = (
        255 * torch.tensor(values, device=device) for values in (backbone.mean, backbone.std)
    )
    with torch.enable_grad(), autocast(precision, device), repeatable_attention(device):
        images = ((pixels - mean) / deviation).permute(0, 3, 1, 2)
        total = model(images).scores.sum()
        found = None
        if total.requires_grad:
            (found,) = torch.autograd.grad(total, pixels, allow_unused=True)
    if found is None or not found.isfinite().all() or not found.any():
        raise InputError(
            f"a model with the backbone '{backbone.name}' whose score has no gradient by the "
            "pixels cannot be attacked, nor explained by gradients; take one that can be "
            "differentiated"
        )
    return found
