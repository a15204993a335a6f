"""A second task: it sees the classes of its own images only, and no prediction knows of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import log_softmax

from smartiqa.config.experiment import Auxiliary, Experiment
from smartiqa.core.errors import InputError
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.prediction import load_run
from smartiqa.models.quality import build_model
from smartiqa.training import loop
from smartiqa.training.loop import LabelledRows, labelled_batches
from smartiqa.training.objective import NO_CLASS, Objective, Targets, class_loss
from smartiqa.training.run import class_numbers, train_run
from smartiqa.training.team import check_together
from tiny_study import Prepared, experiment


def named(weight: float | None = 20.0, **changes: int) -> Experiment:
    task = None if weight is None else Auxiliary(labels="distortion", weight=weight)
    return experiment(name="M", auxiliary=task, **{"batch_size": 17, "epochs": 2, **changes})


def test_images_without_a_class_count_for_nothing() -> None:
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    classes = torch.tensor([2, NO_CLASS, 0, 1, NO_CLASS, 2])
    loss = class_loss(logits, classes)
    rows = log_softmax(logits.detach().double().numpy(), axis=1)
    expected = -np.mean([rows[0, 2], rows[2, 0], rows[3, 1], rows[5, 2]])
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert (logits.grad == 0).all(dim=1).tolist() == [c == NO_CLASS for c in classes]
    assert class_loss(logits, torch.full((6,), NO_CLASS)).item() == 0


def test_each_crop_has_the_class_of_its_own_image(dataset: Prepared) -> None:
    images, store, rows = open_split(dataset.manifest, dataset.store, "train")
    classes = class_numbers(dataset.manifest, "distortion", "M")
    names = images["distortion"].tolist()
    assert len(set(zip(classes.tolist(), names, strict=True))) == len(set(names)) > 2
    data = LabelledRows(store, rows, np.arange(len(rows), dtype=float), {"classes": classes})
    for _, targets in labelled_batches(named(), data, 1, 0, torch.device("cpu")):
        assert targets.classes is not None
        assert targets.classes.equal(classes[targets.quality.long()])


def test_labels_without_classes_are_refused_by_name_before_training(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    manifest = tmp_path / "manifest.parquet"
    frame.assign(distortion="").to_parquet(manifest)
    with pytest.raises(InputError) as caught:
        train_run(named(), 1, manifest, dataset.store, weights, tmp_path / "run")
    assert str(caught.value) == (
        f"experiment M learns to tell images apart by distortion, of which {manifest} names none "
        "in training: leave M out of the study (without), or give labels with distortions"
    )
    assert not (tmp_path / "run").exists()
    third = frame["distortion"].where(frame.index % 3 == 0, "")
    frame.assign(distortion=third).to_parquet(manifest)
    known = class_numbers(manifest, "distortion", "M")
    assert (known == NO_CLASS).tolist() == (third[frame["split"] == "train"] == "").tolist()


def test_a_run_learns_the_task_and_leaves_it_out_of_its_checkpoint(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses: list[float] = []
    forward = Objective.forward

    def noted(self: Objective, output: object, targets: Targets) -> torch.Tensor:
        total: torch.Tensor = forward(self, output, targets)  # type: ignore[arg-type]
        quality = self.loss(output.scores.float(), targets.quality)  # type: ignore[attr-defined]
        losses.append((total - quality).item())
        return total

    monkeypatch.setattr(Objective, "forward", noted)
    settings = named(epochs=4)
    train_run(settings, 1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    steps = len(losses) // 4
    assert np.mean(losses[-steps:]) < np.mean(losses[:steps]) < 2 * 20 * np.log(11)
    settings_read, model = load_run(tmp_path / "run")
    assert settings_read == settings
    plain = build_model(settings.model, settings.backbone, settings.crop)
    assert model.state_dict().keys() == plain.state_dict().keys()


def test_a_killed_run_goes_on_with_the_layer_that_names_classes(
    dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = (named(), 1, dataset.manifest, dataset.store, weights)
    train_run(*given, tmp_path / "whole")
    with monkeypatch.context() as patch:
        evaluations = iter([loop.evaluate, None])
        patch.setattr(loop, "evaluate", lambda *a: next(evaluations)(*a))  # type: ignore[misc]
        with pytest.raises(TypeError):
            train_run(*given, tmp_path / "killed")
    train_run(*given, tmp_path / "killed")
    for name in ("best.safetensors", "last.safetensors", "history.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_classes_are_named_by_one_process() -> None:
    with pytest.raises(InputError, match="experiment M names classes by features"):
        check_together(named(), 2, 0)
