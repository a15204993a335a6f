"""What can be set from the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Settings of all measurements.

    Attributes:
        rounds: how often every way is timed.
        models: names out of `materials.MODELS`.
        batch: crops a training step; SMART-IQA's own by default.
        cores: threads of the model and workers of the pixel store.
    """

    rounds: int = 7
    models: tuple[str, ...] = ("SMART-Tiny", "HyperIQA-ResNet-50")
    batch: int = 32
    cores: int = len(os.sched_getaffinity(0))
