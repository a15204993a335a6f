"""What the machine is that something is measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from smartiqa.machine.environment import PACKAGES, device_name

POWER_COUNTERS = Path("/sys/class/powercap")


def hardware_record(device: torch.device) -> dict[str, Any]:
    """Describe processor, cores that may be used, memory (GB), GPU and versions."""
    record: dict[str, Any] = {
        "processor": device_name(torch.device("cpu")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "device": device_name(device),
        "gpu": device.type == "cuda",
        "platform": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }
    if device.type == "cuda":
        record["gpu_memory_gb"] = round(torch.cuda.get_device_properties(device).total_memory / 1e9)
    return record


def energy_joules(counters: Path = POWER_COUNTERS) -> float | None:
    """Read the energy counters of all processor packages; None if the machine shows none.

    Linux has them as `intel-rapl:<package>/energy_uj`, also for AMD; often only root may read.
    """
    try:
        readings = [
            int((package / "energy_uj").read_text())
            for package in sorted(counters.glob("intel-rapl:*"))
            if package.name.count(":") == 1  # a second colon is a part of a package
        ]
    except OSError:
        return None
    return sum(readings) / 1e6 if readings else None
