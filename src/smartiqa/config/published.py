"""Reading the numbers of the published paper, which templates, claims and estimates quote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smartiqa.core.yaml_files import read_yaml

# What code reads of them; what templates read, `smartiqa check-templates` looks for.
KEYS = (
    "models",
    "recipes.smart.epochs",
    "recipes.hyperiqa.epochs",
    "training_time.paper",
    "protocol.official_split.train_images",
    "hardware.hyperparameter_table",
    "literature.koniq10k_official",
)


def read_published(path: Path) -> dict[str, Any]:
    """Read the numbers of the published paper.

    Raises:
        InputError: the file is missing, is something else, or lacks a key.
    """
    return read_yaml(path, KEYS)
