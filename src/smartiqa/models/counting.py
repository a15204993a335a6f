"""Parameters, multiply-accumulates and generated values of a model, without data or weights.

Convention: one multiply-accumulate is one multiplication and the addition that follows. Counted are
convolutions and matrix products, those of the attention included (queries by keys, weights by
values), for one image; not counted are normalisations, activations, poolings and additions.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Model
from smartiqa.models.quality import build_on_meta, generated_values

PUBLISHED_CROP = 224  # side of the crops of the published models, pixels
SWIN_RATES = {"tiny": (0.2, 0.3), "small": (0.25, 0.35), "base": (0.3, 0.4)}  # drop path, dropout


def complexity_of(model: Model, backbone: Backbone, crop: int) -> dict[str, int]:
    """Count what a configuration costs for one `crop` x `crop` image, on the meta device.

    ``backbone_parameters`` are those of the timm network alone.
    """
    built = build_on_meta(model, backbone, crop)
    built.requires_grad_(False)  # torch's counter asks for the gradients of parameters it is handed
    return {
        "parameters": count_parameters(built),
        "backbone_parameters": count_parameters(built.backbone),
        "multiply_accumulates": count_multiply_accumulates(built, crop),
        "generated_values": generated_values(built) or 0,
    }


def count_parameters(module: nn.Module) -> int:
    """Count the learnable values of a module."""
    return sum(parameter.numel() for parameter in module.parameters())


def count_multiply_accumulates(model: nn.Module, crop: int) -> int:
    """Count the multiply-accumulates of one image, running the model on its own device."""
    device = next(model.parameters()).device
    image = torch.empty(1, 3, crop, crop, device=device)
    training = model.training
    # The plain attention kernel consists of matrix products, which the counter sees everywhere.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        model.eval()(image)
    model.train(training)
    flops: int = counter.get_total_flops()
    return flops // 2  # a multiply-accumulate is two operations


def published_configurations() -> dict[str, tuple[Model, Backbone]]:
    """The models whose code is published, by name, with their published drop rates."""
    resnet = Backbone(name="resnet50")
    single = {"hyper_input": "last_stage", "gate": "none"}
    variant = {"design": "cnn_variant", "dropout": 0.3}
    found = {
        "HyperIQA": (Model.model_validate(single), resnet),
        "ResNet-50 variant": (Model.model_validate(single | variant), resnet),
    }
    for gate, suffix in (("none", ", multi-scale"), ("softmax", ", multi-scale, attention")):
        keys = variant | {"gate": gate, "projection": "own_width"}
        found["ResNet-50 variant" + suffix] = (Model.model_validate(keys), resnet)
    for size, (drop_path, dropout) in SWIN_RATES.items():
        name = f"swin_{size}_patch4_window7_224"
        swin = Backbone(name=name, drop_path=drop_path, dropout=dropout)
        label = f"SMART-{size.capitalize()}"
        found[f"{label}, single scale"] = (Model.model_validate(single), swin)
        found[f"{label}, multi-scale"] = (Model(gate="none"), swin)
        found[label] = (Model(gate="softmax"), swin)
    return found
