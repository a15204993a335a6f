"""A second task: it sees the classes of its own images only, and no prediction knows of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import log_expit, log_softmax, xlogy

from smartiqa.config.experiment import Auxiliary, Experiment
from smartiqa.core.errors import InputError
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.prediction import load_run
from smartiqa.models.quality import QualityOutput, build_model
from smartiqa.training import loop
from smartiqa.training.batches import LabelledRows, labelled_batches
from smartiqa.training.objective import Objective, Targets, class_loss
from smartiqa.training.run import train_run
from smartiqa.training.run_data import class_targets
from smartiqa.training.whole_batch import check_together
from tiny_study import Prepared, experiment

COLUMNS = ("distortion", "scene")


def named(labels: str = "distortion", weight: float = 20.0, **changes: int) -> Experiment:
    task = Auxiliary.model_validate({"labels": labels, "weight": weight})
    return experiment(name="M", auxiliary=task, **{"batch_size": 17, "epochs": 2, **changes})


@pytest.fixture
def manifest(dataset: Prepared, tmp_path: Path) -> Path:
    """Images of one distortion each, and of up to three categories."""
    frame = pd.read_parquet(dataset.manifest)
    scenes = frame["reference"].where(frame.index % 5 != 0, "")
    for category, rows in (("spoilt", frame["quality"] < 50), ("poor", frame["quality"] < 25)):
        scenes = scenes.where(~rows, scenes + "|" + category)
    path = tmp_path / "scenes" / "manifest.parquet"
    path.parent.mkdir()
    frame.assign(scene=scenes).to_parquet(path)
    return path


@pytest.fixture
def inputs(dataset: Prepared, manifest: Path, weights: Path) -> tuple[Path, Path, Path]:
    return manifest, dataset.store, weights


LOGITS = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
UNKNOWN = [1, 4]


def test_of_exclusive_classes_the_softmax_counts() -> None:
    classes = torch.eye(3)[[2, 0, 0, 1, 0, 2]]
    classes[UNKNOWN] = 0
    rows = log_softmax(LOGITS.double().numpy(), axis=1)
    expected = -np.mean([rows[0, 2], rows[2, 0], rows[3, 1], rows[5, 2]])
    assert class_loss(LOGITS, classes, several=False).item() == pytest.approx(expected, rel=1e-5)


def test_of_several_classes_each_counts_by_itself() -> None:
    classes = torch.tensor([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0], [0, 0, 1.0]])
    logits, has = LOGITS.double().numpy(), classes.numpy() == 1
    terms = np.where(has, log_expit(logits), log_expit(-logits))
    expected = -terms[[0, 2, 3, 5]].sum(axis=1).mean()
    found = class_loss(LOGITS, classes, several=True).item()
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("several", [False, True])
def test_images_without_a_class_count_for_nothing(several: bool) -> None:
    logits = LOGITS.clone().requires_grad_()
    classes = torch.eye(3)[[2, 0, 0, 1, 0, 2]]
    classes[UNKNOWN] = 0
    class_loss(logits, classes, several=several).backward()
    assert logits.grad is not None
    assert np.flatnonzero((logits.grad == 0).all(dim=1)).tolist() == UNKNOWN
    assert class_loss(logits, torch.zeros(6, 3), several=several).item() == 0


@pytest.mark.parametrize(("labels", "several"), [("distortion", False), ("scene", True)])
def test_a_recipe_takes_the_loss_of_its_labels(labels: str, several: bool) -> None:
    objective = Objective(named(labels).recipe, channels=5, classes=3)
    fused, scores = torch.randn(4, 5, 2, 2), torch.zeros(4)
    classes = torch.eye(3)[[2, 0, 1, 2]]
    output = QualityOutput(scores, None, None, torch.zeros(4, 2), fused)
    total = objective(output, Targets(scores, classes=classes))
    expected = class_loss(objective.classifier(fused.mean(dim=(2, 3))), classes, several=several)
    torch.testing.assert_close(total, 20 * expected)


@pytest.mark.parametrize("column", COLUMNS)
def test_each_crop_has_the_classes_of_its_own_image(
    column: str, dataset: Prepared, manifest: Path
) -> None:
    images, store, rows = open_split(manifest, dataset.store, "train")
    classes = class_targets(manifest, column, "M")
    has = [set(cell.split("|")) - {""} for cell in images[column]]
    names = sorted(set().union(*has))
    assert classes.tolist() == [[float(name in own) for name in names] for own in has]
    assert len(names) > 2
    assert {len(own) for own in has} == ({1} if column == "distortion" else {0, 1, 2, 3})
    data = LabelledRows(store, rows, np.arange(len(rows), dtype=float), {"classes": classes})
    for _, targets in labelled_batches(named(column), data, 1, 0, torch.device("cpu")):
        assert targets.classes is not None
        assert targets.classes.equal(classes[targets.quality.long()])


@pytest.mark.parametrize("column", COLUMNS)
def test_labels_without_classes_are_refused_by_name_before_training(
    column: str, dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    manifest = tmp_path / "manifest.parquet"
    for label, found in (("", "nothing"), ("one", "only 'one'")):
        frame.assign(**{column: label}).to_parquet(manifest)
        with pytest.raises(InputError) as caught:
            train_run(named(column), 1, manifest, dataset.store, weights, tmp_path / "run")
        assert str(caught.value) == (
            f"{manifest}: as {column} its training images name {found}, by which experiment M "
            "learns to tell images apart"
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("column", COLUMNS)
def test_a_run_learns_the_task_and_leaves_it_out_of_its_checkpoint(
    column: str, inputs: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses: list[float] = []
    forward = Objective.forward

    def noted(self: Objective, output: object, targets: Targets) -> torch.Tensor:
        total: torch.Tensor = forward(self, output, targets)  # type: ignore[arg-type]
        quality = self.loss(output.scores.float(), targets.quality)  # type: ignore[attr-defined]
        losses.append((total - quality).item())
        return total

    monkeypatch.setattr(Objective, "forward", noted)
    settings = named(column, epochs=4)
    train_run(settings, 1, *inputs, tmp_path / "run")
    steps = len(losses) // 4
    classes = class_targets(inputs[0], column, "M")
    shares = classes[classes.any(dim=1)].mean(dim=0).double().numpy()
    entropy = -xlogy(shares, shares).sum()  # the loss of who knows but these
    if column == "scene":
        entropy -= xlogy(1 - shares, 1 - shares).sum()
    assert np.mean(losses[-steps:]) / 20 < entropy < np.mean(losses[:steps]) / 20 < 2 * entropy
    settings_read, model = load_run(tmp_path / "run")
    assert settings_read == settings
    plain = build_model(settings.model, settings.backbone, settings.crop)
    assert model.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize("column", COLUMNS)
def test_a_killed_run_goes_on_with_the_layer_that_names_classes(
    column: str, inputs: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = (named(column), 1, *inputs)
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
