"""Files as stages write them, of which a test makes up only the part that it is about."""

from __future__ import annotations

from typing import Any

import pandas as pd

from smartiqa.data.adapters import TEXT_COLUMNS
from smartiqa.data.manifest import MANIFEST_COLUMNS

TEXTS = (*TEXT_COLUMNS, "sha256")
CONFIG = {
    "seed": 1,
    "images": 9,
    "best_epoch": 1,
    **dict.fromkeys(("code", "manifest", "weights"), "made up"),
}
MACHINE = {
    "seconds": 5.0,
    "device": "A CPU",
    "threads": 1,
    "precision": "float32",
    "float32_products": "ieee",
    "versions": {"torch": "2.14.0"},
    "peak_host_memory_mb": 1000,
    "peak_gpu_memory_mb": None,
}


def whole_manifest(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that a manifest has besides: text is empty, numbers are 0, ids are rows.

    Each image is a content of its own, unless it has a reference.
    """
    rest = {name: "" if name in TEXTS else 0 for name in MANIFEST_COLUMNS}
    rest["id"] = [f"image{row}" for row in range(len(frame))]
    whole = frame.assign(**{name: rest[name] for name in rest if name not in frame})
    if "content" not in frame:
        whole["content"] = whole["reference"].where(whole["reference"] != "", whole["id"])
    return whole[[*MANIFEST_COLUMNS]]


def whole_config(experiment: dict[str, Any], **known: Any) -> dict[str, Any]:
    """The content of `config.json` of a run."""
    return CONFIG | {"experiment": experiment} | known


def whole_machine(**known: Any) -> dict[str, Any]:
    """The content of `environment.json` of a run."""
    return MACHINE | known
