"""What a student learns of its teacher, and that no teacher knows the student's test images."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from smartiqa.config import experiment as config
from smartiqa.config.experiment import Distillation, Experiment, Model
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.prepared import open_split
from smartiqa.evaluation.embedding import generated_vectors
from smartiqa.evaluation.prediction import CROP_SEED, load_run, predict_dataset
from smartiqa.evaluation.teaching import teach
from smartiqa.models.inference import place_crops
from smartiqa.models.quality import QualityOutput
from smartiqa.provenance.identity import read_identity
from smartiqa.training.batches import LabelledRows, labelled_batches
from smartiqa.training.objective import Objective, Targets, weight_distance
from smartiqa.training.run import train_run
from smartiqa.training.teacher import read_taught, save_taught
from smartiqa.training.whole_batch import check_together
from tiny_study import Prepared, experiment

TESTING = config.Testing(crops=3)  # batches of 16 crops end within an image
BOTH = Distillation(scores=0.5, weights=2.0)


@pytest.fixture(scope="module")
def taught(dataset: Prepared, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("taught") / "teacher.safetensors"
    teach(run, TESTING, dataset.manifest, dataset.store, output, dataset.manifest, [])
    return output


def student(wanted: Distillation | None = BOTH, model: Model | None = None) -> Experiment:
    return experiment(model, "D", batch_size=51, epochs=1, distillation=wanted)


def generated(batch: int, seed: int) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
    rng = np.random.default_rng(seed)
    sizes = ((4, 3), (3, 1))
    return tuple(
        (torch.tensor(rng.normal(size=(batch, o, i))), torch.tensor(rng.normal(size=(batch, o))))
        for i, o in sizes
    )


def flat(layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]) -> torch.Tensor:
    return torch.cat([part.reshape(len(part), -1) for layer in layers for part in layer], 1)


def test_every_part_of_a_target_network_counts_the_same() -> None:
    one, other = generated(5, 0), generated(5, 1)
    parts = [
        (s.numpy(), t.numpy())
        for pair in zip(one, other, strict=True)
        for s, t in zip(*pair, strict=True)
    ]
    expected = np.mean([((s - t) ** 2).sum() / (t**2).sum() for s, t in parts])
    assert weight_distance(one, flat(other)).item() == pytest.approx(expected, rel=1e-5)
    assert weight_distance(one, flat(one).float()).item() == pytest.approx(0, abs=1e-12)


def test_the_terms_add_up_with_their_weights() -> None:
    scores, labels, theirs = torch.rand(3, 4) * 100
    own, other = generated(4, 0), generated(4, 1)
    output = QualityOutput(scores, None, own, torch.zeros(4, 1), torch.zeros(4, 1, 1, 1))
    targets = Targets(labels, theirs, flat(other))

    def loss(wanted: Distillation | None) -> float:
        return float(Objective(student(wanted).recipe)(output, targets))

    alone = (scores - labels).abs().mean().item()
    by_scores = (scores - theirs).abs().mean().item()
    by_weights = weight_distance(own, flat(other)).item()
    assert loss(None) == pytest.approx(alone)
    assert loss(Distillation(scores=0.5)) == pytest.approx(alone + 0.5 * by_scores)
    assert loss(Distillation(weights=2)) == pytest.approx(alone + 2 * by_weights)
    assert loss(BOTH) == pytest.approx(alone + 0.5 * by_scores + 2 * by_weights)


def test_each_crop_has_the_teacher_of_its_own_image(dataset: Prepared) -> None:
    images, store, rows = open_split(dataset.manifest, dataset.store, "train")
    quality = images["quality"].to_numpy()
    others = {
        "teacher_scores": torch.tensor(quality) + 7,
        "teacher_weights": torch.tensor(quality)[:, None].half(),
    }
    data = LabelledRows(store, rows, quality, others)
    settings = experiment(batch_size=8, train_crops=2)
    for skipped in (0, 3):
        for _, targets in labelled_batches(settings, data, 1, 0, torch.device("cpu"), skipped):
            assert targets.teacher_scores is not None
            assert targets.teacher_weights is not None
            assert targets.teacher_scores.numpy() == pytest.approx(targets.quality + 7)
            theirs = targets.teacher_weights
            assert theirs.dtype == torch.float32
            assert theirs[:, 0].numpy() == pytest.approx(targets.quality, rel=1e-3)


def test_a_teacher_says_the_mean_over_its_test_crops(
    dataset: Prepared, run: Path, taught: Path, tmp_path: Path
) -> None:
    settings, model = load_run(run)
    output = tmp_path / "train.parquet"
    predict_dataset(settings, model, TESTING, dataset.manifest, dataset.store, output, "train")
    found = read_taught(taught)
    assert found.scores.numpy() == pytest.approx(pd.read_parquet(output)["prediction"], rel=1e-5)
    _, store, rows = open_split(dataset.manifest, dataset.store, "train")
    last = place_crops(store, rows, TESTING, settings.crop, CROP_SEED)[-3:]
    expected = generated_vectors(settings, model, store, last).mean(axis=0)
    assert found.weights is not None
    assert found.weights[-1].numpy() == pytest.approx(expected, rel=2e-3, abs=2e-4)
    assert found.record.run == read_identity(run / "identity.json").digest


def test_a_student_learns_and_is_what_it_is_by_its_teacher(
    dataset: Prepared, weights: Path, taught: Path, tmp_path: Path
) -> None:
    def trained(name: str, teacher: Path | None, wanted: Distillation | None = BOTH) -> Path:
        given = (student(wanted), 1, dataset.manifest, dataset.store, weights, tmp_path / name)
        train_run(*given, teacher=teacher)
        return tmp_path / name

    alone, taught_one = trained("alone", None, None), trained("taught", taught)
    found = read_taught(taught)
    other = tmp_path / "teacher.safetensors"
    save_taught(other, found._replace(scores=found.scores + 1))
    losses = [
        pd.read_csv(folder / "history.csv")["train_loss"][0]
        for folder in (alone, taught_one, trained("other", other))
    ]
    assert len(set(losses)) == 3
    ids = [read_identity(tmp_path / n / "identity.json") for n in ("alone", "taught", "other")]
    assert len({one.digest for one in ids}) == 3
    assert read_json(taught_one / "config.json")["teacher"] == ids[1].data["teacher"]
    with pytest.raises(InputError, match=r"experiment D learns of a teacher; name its file"):
        trained("none", None)
    with pytest.raises(InputError, match=r"experiment D has no distillation; leave .* out"):
        trained("none", taught, None)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("change", "model", "problem"),
    [
        (lambda t: t._replace(scores=t.scores[1:]), None, "is about other images than the"),
        (
            lambda t: t._replace(record=t.record.model_copy(update={"manifest": "0" * 64})),
            None,
            "is about other images than the student's: run teach anew",
        ),
        (lambda t: t._replace(weights=None), None, "has no generated weights an image"),
        (lambda t: t, Model(regressor="fixed"), "and the student none: give both"),
        (lambda t: t, Model(design="cnn_variant"), "give both target networks one size"),
    ],
)
def test_a_teacher_that_does_not_fit_is_refused_before_training(
    dataset: Prepared,
    weights: Path,
    taught: Path,
    tmp_path: Path,
    change: Callable[[Any], Any],
    model: Model | None,
    problem: str,
) -> None:
    teacher = tmp_path / "teacher.safetensors"
    save_taught(teacher, change(read_taught(taught)))
    given = (student(BOTH, model), 1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    with pytest.raises(InputError, match=problem):
        train_run(*given, teacher=teacher)
    assert not (tmp_path / "run").exists()


def elsewhere(dataset: Prepared, folder: Path, pixels: str | None) -> tuple[Path, str]:
    """Another dataset with one image of those trained on among its test images."""
    frame = pd.read_parquet(dataset.manifest)
    leaked = frame.index[frame["split"] == "train"][4]
    frame.loc[leaked, "split"] = "test"
    frame.to_parquet(folder / "manifest.parquet")
    images = pd.read_parquet(dataset.manifest.parent / "checks" / "images.parquet").set_index("id")
    images = images[images.index == frame["id"][leaked]].assign(split="test")
    if pixels is not None:
        images = images.assign(pixels=pixels)
    (folder / "checks").mkdir()
    images.reset_index().to_parquet(folder / "checks" / "images.parquet")
    return folder / "manifest.parquet", frame["id"][leaked]


def test_a_teacher_of_the_students_test_images_is_refused_by_name(
    dataset: Prepared, run: Path, tmp_path: Path
) -> None:
    manifest, leaked = elsewhere(dataset, tmp_path, None)
    output = tmp_path / "teacher.safetensors"
    with pytest.raises(InputError) as caught:
        teach(run, TESTING, manifest, dataset.store, output, dataset.manifest, [manifest])
    said = str(caught.value)
    assert said.startswith(f"the teacher C3 ({run}) was trained on test images of {manifest}: ")
    assert leaked in said
    assert "has the pixels of" in said
    assert not output.exists()
    with pytest.raises(InputError, match=r"was not trained on .* as it is now"):
        teach(run, TESTING, manifest, dataset.store, output, manifest, [manifest])


def test_images_that_look_like_test_images_are_named_and_no_reason_to_refuse(
    dataset: Prepared, run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of the real datasets' two hundred million pairs some look alike by chance."""
    manifest, leaked = elsewhere(dataset, tmp_path, "saved anew")
    output = tmp_path / "teacher.safetensors"
    teach(run, TESTING, dataset.manifest, dataset.store, output, dataset.manifest, [manifest])
    assert f"look like test ones of {manifest}: " in caplog.text
    assert leaked in caplog.text
    assert output.is_file()


def test_a_teacher_that_was_chosen_by_test_images_is_refused(
    dataset: Prepared, run: Path, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "run")
    config = read_json(run / "config.json")
    config["experiment"]["recipe"]["selection"] = "test_as_published"
    write_json(tmp_path / "run" / "config.json", config)
    given = (TESTING, dataset.manifest, dataset.store, tmp_path / "o.safetensors")
    with pytest.raises(InputError, match=r"the teacher C3 .* chose its epoch on test images"):
        teach(tmp_path / "run", *given, dataset.manifest, [dataset.manifest])


def test_generated_weights_are_compared_by_one_process() -> None:
    with pytest.raises(InputError, match=r"experiment D compares generated weights"):
        check_together(student(), 2, 0)
    check_together(student(Distillation(scores=1)), 2, 0)
