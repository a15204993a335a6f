from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import smartiqa
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.models import complexity as stage
from smartiqa.models.complexity import count_experiments, count_published
from smartiqa.models.counting import published_configurations
from smartiqa.models.quality import build_model
from tiny_study import CROP, SETTINGS, TINY_SWIN

ROLE = {
    "name": TINY_SWIN.name,
    "options": TINY_SWIN.options,
    "label": "tiny",
    "weights": {"source": "random"},
}
STUDY: dict[str, Any] = {
    "name": "tiny",
    "title": "tiny study",
    "note": "made up",
    "score_name": "proxy score",
    "training_dataset": "home",
    "cross_datasets": [],
    "cross_experiments": [],
    "datasets": {"home": {"adapter": "folder", "root": "data", "title": "Home"}},
    "backbones": {
        "swin_base": ROLE,
        "swin_small": {
            **ROLE,
            "label": "wider",
            "options": {**TINY_SWIN.options, "embed_dim": 16},
        },
    },
    "crop": CROP,
    "seeds": [1],
    "experiments": ["C3"],
    "compute": {"threads": 1},
}
EXPERIMENTS = {
    "C2": {"model": {"gate": "none"}},
    "C3": {"compared_with": None},
    "B-small": {"model": {"backbone": "swin_small"}},
    "E-1e-6": {"training": {"backbone_rate": 1e-6}},
    "X-convnext": {"model": {"backbone": "convnext"}},
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A study file and a catalogue."""
    entries = {
        name: {"title": name, "recipe": "quick", **entry} for name, entry in EXPERIMENTS.items()
    }
    catalogue = {"recipes": {"quick": SETTINGS}, "experiments": entries, "groups": {}}
    catalogue["roles"] = {"reference": "C3"}
    study, experiments = tmp_path / "tiny.yaml", tmp_path / "experiments.yaml"
    study.write_text(yaml.safe_dump(STUDY))
    experiments.write_text(yaml.safe_dump(catalogue))
    return study, experiments


def test_every_experiment_with_a_backbone_is_counted(files: tuple[Path, Path]) -> None:
    study, catalogue = load_study(files[0]), load_catalogue(files[1])
    counts = count_experiments(study, catalogue)
    assert set(counts) == {"C2", "C3", "B-small", "E-1e-6"}  # convnext has no role here
    for name, count in counts.items():
        experiment = resolve(study, catalogue, name)
        model = build_model(experiment.model, experiment.backbone, CROP)
        assert count["parameters"] == sum(p.numel() for p in model.parameters())
    assert counts["E-1e-6"] == counts["C3"]
    assert len({count["parameters"] for count in counts.values()}) == 3


def test_equal_models_are_counted_once(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[Any] = []
    monkeypatch.setattr(stage, "complexity_of", lambda *a: counted.append(a) or {"n": len(counted)})
    counts = count_experiments(load_study(files[0]), load_catalogue(files[1]))
    assert len(counted) == 3
    assert all(crop == CROP for *_, crop in counted)
    assert counts["C3"] == counts["E-1e-6"]


def test_published_models_are_counted_at_their_own_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "complexity_of", lambda model, backbone, crop: {"crop": crop})
    counts = count_published()
    assert set(counts) == set(published_configurations())
    assert all(count == {"crop": 224} for count in counts.values())


def test_the_command_line_writes_both(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "complexity_of", lambda *_: {"parameters": 7})
    output = tmp_path / "complexity.json"
    smartiqa("complexity", study=files[0], catalogue=files[1], output=output)
    content = json.loads(output.read_text())
    assert content["experiments"]["C3"] == {"parameters": 7}
    assert set(content["published"]) == set(published_configurations())
