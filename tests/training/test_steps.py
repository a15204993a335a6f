"""A training that is killed between two steps goes on there, to the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from smartiqa.config.experiment import ColorJitter, Experiment
from smartiqa.core.json_files import read_json
from smartiqa.training import loop, steps
from smartiqa.training.run import STATE, train_run
from tiny_study import Prepared, experiment

RECIPES: dict[str, dict[str, Any]] = {
    "dropout": {},
    "colours": {"color_jitter": ColorJitter(brightness=0.2, hue=0.1)},
    "rebuilt": {"optimizer_lifetime": "rebuilt_as_published"},
}
RESULTS = ("best.safetensors", "last.safetensors", "history.csv", "config.json", "identity.json")


class Killed(BaseException):
    """Stands for a signal that ends the process at once."""


def train(dataset: Prepared, weights: Path, output: Path, settings: Experiment) -> None:
    train_run(settings, 1, dataset.manifest, dataset.store, weights, output)


def saved(output: Path) -> tuple[int, int]:
    """The epochs and steps of a state."""
    state = torch.load(output / STATE, weights_only=True)
    return state["progress"]["epoch"], state["steps"].get("done", 0)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_training_goes_on_between_any_two_steps(
    recipe: str,
    dataset: Prepared,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = experiment(batch_size=34, epochs=2, **RECIPES[recipe])
    train(dataset, weights, tmp_path / "whole", settings)
    monkeypatch.setattr(steps, "LONGEST_LOSS", 0.0)
    monkeypatch.setattr(steps, "RARELY", 0)
    save_state, seen = loop.save_state, []

    def killed(path: Path, state: dict[str, Any]) -> None:
        save_state(path, state)
        seen.append(saved(path.parent))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_state", killed)
        for _ in range(6):  # each time one step further
            with pytest.raises(Killed):
                train(dataset, weights, tmp_path / "killed", settings)
    assert seen == [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0)]
    train(dataset, weights, tmp_path / "killed", settings)
    for name in RESULTS:
        same = [(tmp_path / run / name).read_bytes() for run in ("whole", "killed")]
        assert same[0] == same[1], name
    assert read_json(tmp_path / "killed/environment.json")["processes"] == 7


def test_nothing_is_saved_within_an_epoch_that_is_short(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = []
    monkeypatch.setattr(loop, "save_state", lambda _, state: saves.append(state["steps"]))
    train(dataset, weights, tmp_path / "run", experiment(batch_size=34, epochs=2))
    assert saves == [{}, {}]


def test_a_state_that_takes_long_to_save_is_saved_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(steps.time, "monotonic", lambda: now[0])
    kept = steps.Steps(saved=0.0)
    kept.add(torch.zeros(()), torch.zeros(2), torch.zeros(2))
    for second, due in ((179, False), (180, True)):
        now[0] = second
        assert kept.are_due() == due
    kept.content(torch.device("cpu"))
    now[0] += 206  # what a network took for it
    kept.were_saved()
    kept.add(torch.zeros(()), torch.zeros(2), torch.zeros(2))
    for more, due in ((180, False), (20 * 206 - 1, False), (20 * 206, True)):
        now[0] = 180 + 206 + more
        assert kept.are_due() == due
