"""A record of the machine and the software that a run had."""

from __future__ import annotations

import importlib.metadata
import platform
import resource
from typing import Any

import torch

from smartiqa.precision import float32_products

PACKAGES = ("numpy", "safetensors", "scipy", "timm", "torch")


def environment_record(device: torch.device, precision: str, seconds: float) -> dict[str, Any]:
    """Describe hardware, versions, duration (seconds) and peak memory (MB) of this process.

    Args:
        device: that the model ran on.
        precision: its number format; ``float32_products`` says how the rest multiplied.
        seconds: wall time.
    """
    return {
        "device": device_name(device),
        "float32_products": float32_products(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "platform": platform.platform(),
        "precision": precision,
        "python": platform.python_version(),
        "seconds": round(seconds, 2),
        "threads": torch.get_num_threads(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def device_name(device: torch.device) -> str:
    """Return the product name of a processor or GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return str(torch.cpu.get_capabilities().get("cpu_name", platform.processor()))
