"""TensorBoard shows the epochs of every training, also of one that runs.

It is no dependency of ours: `make test-extras` runs these tests beside it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from made_up_paper import CATALOGUE, CONFIG
from smartiqa.config.study import load_study
from smartiqa.core.errors import InputError
from smartiqa.results.study_results import Results
from smartiqa.training import event_files
from smartiqa.training.event_files import follow


@pytest.fixture
def results(tmp_path: Path) -> Results:
    few = {"experiments": ("C0", "C3"), "cross_experiments": (), "seeds": (1,)}
    study = load_study(CONFIG / "demo.yaml").model_copy(
        update={**few, "experiment_seeds": {}, "mixed_with": {}}
    )
    return Results(tmp_path / "demo", study, CATALOGUE)


def trained(results: Results, name: str, epochs: int, *, loss: float = 1.0) -> None:
    folder = results.run(name, 1)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(1, epochs + 1)
    history = {"epoch": numbers, "train_loss": loss, "validation_srcc": [n / 8 for n in numbers]}
    pd.DataFrame(history).to_csv(folder / "history.csv", index=False)


def shown(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard reads, every step of it."""
    pytest.importorskip("tensorboard", reason="tensorboard is not installed (make test-extras)")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    tags = events.Tags()["scalars"]
    return {tag: [(entry.step, entry.value) for entry in events.Scalars(tag)] for tag in tags}


def test_epochs_are_there_once_whatever_is_added_or_begun_anew(
    results: Results, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed (make test-extras)")
    trained(results, "C3", 2)
    states = iter([("C3", 4, 1.0), ("C3", 1, 2.0), None])
    looks = []

    def wait(seconds: float) -> None:
        looks.append(shown(tmp_path / "events" / "C3" / "seed1"))
        if (state := next(states)) is not None:
            name, epochs, loss = state
            trained(results, name, epochs, loss=loss)
            return
        for name in ("C0", "C3"):
            trained(results, name, 3)
            (results.run(name, 1) / "identity.json").touch()

    assert follow(results, tmp_path / "events", until_done=True, wait=wait) == 6
    assert looks[0] == {
        "train_loss": [(1, 1.0), (2, 1.0)],
        "validation_srcc": [(1, 0.125), (2, 0.25)],
    }
    assert [step for step, _ in looks[1]["train_loss"]] == [1, 2, 3, 4]
    assert looks[2]["train_loss"] == [(1, 2.0)]
    assert shown(tmp_path / "events" / "C0" / "seed1")["validation_srcc"][-1] == (3, 0.375)
    assert follow(results, tmp_path / "events", until_done=False) == 6
    assert len(shown(tmp_path / "events" / "C3" / "seed1")["train_loss"]) == 3


def test_without_tensorboard_it_is_said(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="tensorboard: not installed; pip install tensorboard"):
        follow(results, Path("events"), until_done=False)
