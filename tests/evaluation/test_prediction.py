from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from command_line import smartiqa, study_files
from smartiqa.config import experiment as config
from smartiqa.config.experiment import Experiment, Model
from smartiqa.config.stage_settings import settings_digest
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.models import inference
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.training.checkpoints import copy_weights, save_weights
from smartiqa.training.run import train_run
from tiny_study import CROP, SPLITS, TINY_SWIN, Prepared, experiment
from whole_files import whole_config

STAGES = [f"attention_{number}" for number in range(1, 5)]
POSITIONS = ["id", "crop", "top", "left"]


def placed(crops: int = 3, positions: Any = "random") -> config.Testing:
    return config.Testing(crops=crops, positions=positions)


def tables(folder: Path, name: str = "images") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions by image and by crop."""
    return (
        pd.read_parquet(folder / f"{name}.parquet"),
        pd.read_parquet(folder / f"{name}_crops.parquet"),
    )


def predicted(
    run: Path, dataset: Prepared, folder: Path, how: config.Testing | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    settings, model = load_run(run)
    output = folder / "images.parquet"
    predict_dataset(settings, model, how or placed(), dataset.manifest, dataset.store, output)
    return tables(folder)


@pytest.fixture(scope="module")
def predictions(
    run: Path, dataset: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return predicted(run, dataset, tmp_path_factory.mktemp("predictions"))


@pytest.fixture
def saved_run(tmp_path: Path) -> Any:
    """Makes run folders of models that nobody trained."""

    def save(settings: Experiment, seed: int = 0) -> Path:
        folder = tmp_path / f"{settings.id}-{seed}"
        torch.manual_seed(seed)
        model = build_model(settings.model, settings.backbone, settings.crop)
        save_weights(folder / "best.safetensors", copy_weights(model))
        write_json(folder / "config.json", whole_config(settings.model_dump(mode="json")))
        return folder

    return save


def model_by_hand(run: Path) -> QualityModel:
    settings = Experiment.model_validate(read_json(run / "config.json")["experiment"])
    model = build_model(settings.model, settings.backbone, settings.crop).eval()
    model.load_state_dict(load_file(run / "best.safetensors"))
    return model


def test_recorded_positions_give_the_recorded_predictions(
    predictions: Any, run: Path, dataset: Prepared
) -> None:
    images, crops = predictions
    files = pd.read_parquet(dataset.manifest).set_index("id")["file"]
    mean, std = np.array(TINY_SWIN.mean), np.array(TINY_SWIN.std)
    sample = crops.sample(12, random_state=0)
    cut = []
    for row in sample.itertuples():
        pixels = np.asarray(Image.open(dataset.root / files[row.id]))
        crop = pixels[row.top : row.top + CROP, row.left : row.left + CROP]
        cut.append(((crop / 255 - mean) / std).transpose(2, 0, 1))
    with torch.inference_mode():
        output = model_by_hand(run)(torch.from_numpy(np.stack(cut)).float())
    assert sample["prediction"].std() > 1e-3
    np.testing.assert_allclose(sample["prediction"], output.scores, atol=1e-4, rtol=1e-5)
    np.testing.assert_allclose(sample[STAGES], output.attention, atol=1e-5)
    assert len(images) == 102


def test_an_image_has_the_mean_over_its_crops(predictions: Any) -> None:
    images, crops = predictions
    assert crops.columns.tolist() == [*POSITIONS, "prediction", *STAGES]
    assert crops["crop"].tolist() == [0, 1, 2] * len(images)
    for name in ("prediction", *STAGES):
        means = crops[name].to_numpy().reshape(-1, 3).mean(axis=1)
        np.testing.assert_allclose(images[name], means, rtol=1e-12)
    assert images["id"].tolist() == crops["id"][::3].tolist()


def test_only_test_images_are_scored_with_their_labels(predictions: Any, dataset: Prepared) -> None:
    images, _ = predictions
    frame = pd.read_parquet(dataset.manifest)
    columns = ["id", "quality", "content", "distortion", "level"]
    expected = frame.loc[frame["split"] == "test", columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(images[columns], expected)
    assert set(images["content"]) == {n for n, split in SPLITS.items() if split == "test"}


def test_attention_is_a_share_of_each_stage(predictions: Any) -> None:
    for table in predictions:
        np.testing.assert_allclose(table[STAGES].sum(axis=1), 1, atol=1e-6)
        assert (table[STAGES] > 0).all(axis=None)


def test_every_run_sees_the_same_crops(
    predictions: Any, dataset: Prepared, saved_run: Any, tmp_path: Path
) -> None:
    other = experiment(Model(hyper_input="last_stage", gate="none"), name="C1")
    images, crops = predicted(saved_run(other, seed=7), dataset, tmp_path)
    pd.testing.assert_frame_equal(crops[POSITIONS], predictions[1][POSITIONS])
    assert not np.allclose(crops["prediction"], predictions[1]["prediction"])
    assert not [name for name in images.columns if name.startswith("attention")]
    assert len(crops[["top", "left"]].drop_duplicates()) > 50


def test_predictions_repeat_to_the_byte(run: Path, dataset: Prepared, tmp_path: Path) -> None:
    for name in "ab":
        predicted(run, dataset, tmp_path / name)
    for file in ("images.parquet", "images_crops.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("batch", [1, 7])
def test_the_size_of_batches_does_not_matter(
    batch: int,
    run: Path,
    mixed: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together, _ = predicted(run, mixed, tmp_path / "together")
    monkeypatch.setitem(inference.BATCH, "cpu", batch)
    apart, _ = predicted(run, mixed, tmp_path / "apart")
    np.testing.assert_allclose(apart["prediction"], together["prediction"], rtol=1e-5)
    np.testing.assert_allclose(apart[STAGES], together[STAGES], rtol=1e-5)


def test_an_image_is_scored_alike_among_other_images(
    run: Path, mixed: Prepared, tmp_path: Path
) -> None:
    before, _ = predicted(run, mixed, tmp_path / "all", placed(1, "centre"))
    frame = pd.read_parquet(mixed.manifest)
    few = frame["split"].where(frame.index % 5 == 2, "train")
    frame.assign(split=few).to_parquet(tmp_path / "manifest.parquet")
    fewer = mixed._replace(manifest=tmp_path / "manifest.parquet")
    after, _ = predicted(run, fewer, tmp_path / "few", placed(1, "centre"))
    assert 3 <= len(after) <= 6
    expected = before.set_index("id").loc[after["id"], "prediction"]
    np.testing.assert_allclose(after["prediction"], expected, rtol=1e-5)


def test_central_crops_lie_in_the_middle(run: Path, mixed: Prepared, tmp_path: Path) -> None:
    _, crops = predicted(run, mixed, tmp_path, placed(1, "centre"))
    frame = pd.read_parquet(mixed.manifest).set_index("id").loc[crops["id"]]
    np.testing.assert_array_equal(crops["top"], (frame["height"] - CROP) // 2)
    np.testing.assert_array_equal(crops["left"], (frame["width"] - CROP) // 2)


def test_grid_crops_reach_all_corners(run: Path, mixed: Prepared, tmp_path: Path) -> None:
    images, crops = predicted(run, mixed, tmp_path, placed(9, "grid"))
    frame = pd.read_parquet(mixed.manifest).set_index("id")
    assert len(crops) == 9 * len(images)
    for name, group in crops.groupby("id"):
        low, right = frame.loc[name, ["height", "width"]] - CROP
        corners = {(top, left) for top in (0, low) for left in (0, right)}
        places = set(zip(group["top"], group["left"], strict=True))
        assert corners < places
        assert len(places) == 9


def test_the_best_weights_are_used_not_the_last(
    dataset: Prepared, mixed: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(batch_size=102, epochs=1)
    train_run(settings, 1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    before, _ = predicted(tmp_path / "run", mixed, tmp_path / "a")
    (tmp_path / "run" / "last.safetensors").unlink()
    after, _ = predicted(tmp_path / "run", mixed, tmp_path / "b")
    pd.testing.assert_frame_equal(before, after)


def test_dropout_is_off(run: Path, mixed: Prepared, tmp_path: Path) -> None:
    settings, model = load_run(run)
    model.train()
    for name in "ab":
        output = tmp_path / f"{name}.parquet"
        predict_dataset(settings, model, placed(), mixed.manifest, mixed.store, output)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_without_test_images_there_is_nothing_to_score(
    run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame.assign(split="train").to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match=r"manifest\.parquet: no image belongs to the split 'te"):
        predicted(run, dataset._replace(manifest=tmp_path / "manifest.parquet"), tmp_path)
    assert not list(tmp_path.glob("images*"))


def test_a_store_of_another_manifest_is_refused(
    run: Path, dataset: Prepared, mixed: Prepared, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"was not made from .*manifest\.parquet"):
        predicted(run, dataset._replace(store=mixed.store), tmp_path)


def test_an_unfinished_run_is_named(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere holds no finished run; the stage train makes"):
        load_run(tmp_path / "nowhere")
    shutil.copy(run / "config.json", tmp_path)
    with pytest.raises(InputError, match=r"best\.safetensors: no such file"):
        load_run(tmp_path)


def test_weights_of_another_model_are_refused(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    content = read_json(run / "config.json")
    content["experiment"]["model"]["regressor"] = "fixed"
    write_json(tmp_path / "run" / "config.json", content)
    with pytest.raises(InputError, match=r"best\.safetensors does not fit"):
        load_run(tmp_path / "run")


def test_the_command_line_writes_both_tables(run: Path, mixed: Prepared, tmp_path: Path) -> None:
    how = placed(2, "grid")
    smartiqa(
        "predict",
        **study_files(tmp_path, experiment(), testing=how.model_dump()),
        experiment="C3",
        expect=settings_digest(how),
        run=run,
        manifest=mixed.manifest,
        store=mixed.store,
        output=tmp_path / "called" / "images.parquet",
    )
    expected = predicted(run, mixed, tmp_path / "expected", how)
    for found, table in zip(tables(tmp_path / "called"), expected, strict=True):
        pd.testing.assert_frame_equal(found, table)


def test_a_misspelt_setting_of_the_test_is_named(
    run: Path, mixed: Prepared, tmp_path: Path
) -> None:
    given = {"run": run, "manifest": mixed.manifest, "store": mixed.store, "output": "o.parquet"}
    files = study_files(tmp_path, experiment(), testing={"crop": 3})
    with pytest.raises(InputError, match=r"testing: unknown key 'crop' \(did you mean 'crops'"):
        smartiqa("predict", **files, experiment="C3", **given)


def test_a_run_of_another_experiment_is_refused(run: Path, mixed: Prepared, tmp_path: Path) -> None:
    files = study_files(tmp_path, experiment(name="C0"))
    given = {"run": run, "manifest": mixed.manifest, "store": mixed.store}
    with pytest.raises(InputError, match="is a run of C3; give one of C0"):
        smartiqa("predict", **files, experiment="C0", **given, output=tmp_path / "o.parquet")
    assert not list(tmp_path.glob("*.parquet"))
