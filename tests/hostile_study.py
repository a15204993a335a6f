"""Made-up runs of two models on a dozen images, whose names are hostile to a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from made_up_paper import CATALOGUE
from made_up_results import write_run
from smartiqa.config.planned import resolve
from smartiqa.core.json_files import write_json
from smartiqa.results.study_results import Results
from whole_files import whole_config, whole_machine

HOSTILE = '</script><script>alert("1")</script>&<b>{{ 7 }}'
MODELS = ("C0", "C3")


def images_of(dataset: str) -> pd.DataFrame:
    """Twelve images of three contents, one of them called badly."""
    names = [f"{dataset}_{k}" for k in range(11)] + [f"{dataset} {HOSTILE}"]
    return pd.DataFrame(
        {
            "id": names,
            "reference": ["bridge", "cat", HOSTILE] * 4,
            "content": ["bridge", "cat", HOSTILE] * 4,
            "distortion": ["none", "JPEG", HOSTILE, "blur"] * 3,
            "level": 1,
            "quality": np.linspace(5, 95, 12),
        }
    )


def train(results: Results, name: str) -> Path:
    """Leave a finished training."""
    run = results.run(name, 1)
    images = {d: images_of(d) for d in results.datasets_of(name)}
    write_run(run, name, images, np.random.default_rng(len(name)))
    settings = resolve(results.study, CATALOGUE, name).model_dump(mode="json")
    write_json(run / "config.json", whole_config(settings, seed=1))
    write_json(run / "environment.json", whole_machine(device=HOSTILE))
    for name in ("best.safetensors", "last.safetensors"):
        (run / name).write_bytes(b"weights")
    write_json(run / "identity.json", {})
    return run
