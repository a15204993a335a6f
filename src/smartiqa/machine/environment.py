"""A record of the machine and the software that a run had."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
from typing import Any

import torch

from smartiqa.machine.isolation import kept_choices
from smartiqa.machine.precision import float32_products

PACKAGES = ("numpy", "safetensors", "scipy", "timm", "torch")


def environment_record(device: torch.device, precision: str, seconds: float) -> dict[str, Any]:
    """Describe hardware, versions, duration (seconds) and peak memory (MB) of this process.

    The host's memory is that of the whole process, the GPU's what its tensors took at most; without
    a GPU that is null.

    Args:
        device: that the model ran on.
        precision: its number format; ``float32_products`` says how the rest multiplied.
        seconds: wall time.
    """
    return {
        "device": device_name(device),
        "float32_products": float32_products(),
        "peak_host_memory_mb": peak_host_memory_mb(),
        "peak_gpu_memory_mb": peak_gpu_memory_mb(device),
        "platform": platform.platform(),
        "precision": precision,
        "python": platform.python_version(),
        "seconds": round(seconds, 2),
        "threads": torch.get_num_threads(),
        "variables": kept_choices(os.environ),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def peak_host_memory_mb() -> int:
    """Return the most memory in MB (10^6 bytes) that this process has had."""
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kibibytes * 1024 / 1e6)


def peak_gpu_memory_mb(device: torch.device) -> int | None:
    """Return the most memory in MB (10^6 bytes) that tensors had on a GPU; None on a processor."""
    if device.type != "cuda":
        return None
    return round(torch.cuda.max_memory_allocated(device) / 1e6)


def device_name(device: torch.device) -> str:
    """Return the product name of a processor or GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return str(torch.cpu.get_capabilities().get("cpu_name", platform.processor()))
