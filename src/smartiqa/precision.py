"""Where and in which number format a model computes."""

from __future__ import annotations

import contextlib
from typing import Literal

import torch

from smartiqa.config import Experiment

Precision = Literal["float32", "bfloat16"]


def choose_device(wanted: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """Return the device; `auto` prefers a GPU."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def choose_precision(experiment: Experiment, device: torch.device) -> Precision:
    """Return the number format of an experiment on a device.

    The backbone's own choice comes first, because some networks lose speed in bfloat16 on a CPU
    (depthwise convolutions do); `auto` takes bfloat16 where the hardware has it.
    """
    wanted = experiment.backbone.precision or experiment.compute.precision
    if wanted == "auto":
        return "bfloat16" if has_bfloat16(device) else "float32"
    return wanted


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def autocast(precision: Precision, device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Return the context in which a model computes in `precision`."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")
