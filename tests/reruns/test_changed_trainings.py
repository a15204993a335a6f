"""The plan says in a line why trainings run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartiqa.config.experiment import Experiment
from smartiqa.provenance import identity
from smartiqa.provenance.identity import identity_of_training, planned_training
from smartiqa.reruns.changed_trainings import changed_trainings
from tiny_study import experiment

DATA = {"manifest": "ab", "store": "cd", "weights": "ef"}


def trained(folder: Path, settings: Experiment, seed: int = 1) -> Path:
    """A run that was trained with these settings."""
    made = identity_of_training(settings, seed, DATA, "cpu", "float32")
    folder.mkdir(parents=True)
    (folder / identity.FILE).write_text(made.model_dump_json())
    return folder


def test_equal_differences_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = experiment(weight_decay=0.0002), experiment(weight_decay=0.001)
    runs = [
        (trained(tmp_path / name / f"seed{seed}", before, seed), seed)
        for name, seed in (("C0", 1), ("C0", 2), ("C3", 1))
    ]
    assert changed_trainings((run, planned_training(before, seed)) for run, seed in runs) == []
    assert changed_trainings((run, planned_training(now, seed)) for run, seed in runs) == [
        "trained otherwise than now planned: C0, C3 (recipe.weight_decay 0.0002, now 0.001)"
    ]
    monkeypatch.setattr(identity, "code_digest", lambda *_: "0123")
    (line,) = changed_trainings([(runs[-1][0], planned_training(before, 1))])
    assert line == "trained otherwise than now planned: C3 (other code)"


def test_of_what_is_not_there_or_damaged_nothing_is_said(tmp_path: Path) -> None:
    folder = trained(tmp_path / "C0" / "seed1", experiment())
    (folder / identity.FILE).write_text("{")
    plan = planned_training(experiment(weight_decay=0.5), 1)
    assert changed_trainings([(folder, plan), (tmp_path / "C1" / "seed1", plan)]) == []
