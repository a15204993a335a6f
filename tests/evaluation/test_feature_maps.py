from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from command_line import smartiqa_apart
from smartiqa.config.backbone import Backbone
from smartiqa.config.experiment import Compute, Experiment, Model, Recipe
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.data.store.pixel_store import digest_of
from smartiqa.evaluation.feature_maps import contrasting_images, write_feature_maps
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.training.checkpoints import copy_weights, save_weights
from whole_files import whole_config, whole_manifest

CROP = 64
EXPERIMENT = Experiment(
    id="C3",
    model=Model(backbone="cnn"),
    backbone=Backbone(name="resnet10t", precision="float32"),
    recipe=Recipe(
        optimizer="adamw",
        backbone_rate=1e-5,
        head_rate=1e-4,
        weight_decay=0.0,
        schedule="constant",
        epochs=1,
        batch_size=8,
        train_crops=1,
        validation_crops=1,
    ),
    crop=CROP,
    compute=Compute(threads=1, device="cpu", precision="float32"),
)


def images(qualities: list[float], references: list[str]) -> pd.DataFrame:
    ids = [f"image{k}" for k in range(len(qualities))]
    return pd.DataFrame({"id": ids, "quality": qualities, "reference": references})


def test_the_good_photo_shows_what_the_bad_one_shows() -> None:
    frame = images([50, 2, 99, 70, 90, 60], ["a", "b", "a", "b", "b", "a"])
    assert contrasting_images(frame) == ("image1", "image4")


@pytest.mark.parametrize("references", [[""] * 5, ["a", "b", "c", "d", "e"]])
def test_without_relatives_the_good_photo_is_near_the_top(references: list[str]) -> None:
    frame = images([10, 80, 30, 60, 20], references)
    assert contrasting_images(frame) == ("image0", "image1")


@pytest.fixture(scope="module")
def model() -> QualityModel:
    torch.manual_seed(0)
    return build_model(EXPERIMENT.model, EXPERIMENT.backbone, CROP).eval()


@pytest.fixture
def study(tmp_path: Path, model: QualityModel) -> Path:
    """A run, a manifest of three images (the first is for training) and their pixel store."""
    write_json(tmp_path / "run/config.json", whole_config(EXPERIMENT.model_dump(mode="json")))
    save_weights(tmp_path / "run/best.safetensors", copy_weights(model))
    frame = images([0, 20, 80], ["a", "a", "a"])
    frame["split"] = ["train", "test", "test"]
    whole_manifest(frame).to_parquet(tmp_path / "manifest.parquet")
    size = 70 * 90 * 3
    pixels = np.random.default_rng(1).integers(0, 256, 3 * size).astype(np.uint8)
    (tmp_path / "store").mkdir()
    pixels.tofile(tmp_path / "store/pixels.u8")
    index = {"id": frame["id"], "offset": [0, size, 2 * size], "height": 70, "width": 90}
    digests = [digest_of(image) for image in np.split(pixels, 3)]
    pd.DataFrame(index).assign(sha256=digests).to_parquet(tmp_path / "store/index.parquet")
    write_json(tmp_path / "store/store.json", {"count": 3, "bytes": 3 * size, "key": ""})
    return tmp_path


def write(study: Path, output: Path) -> dict[str, np.ndarray]:
    write_feature_maps(study / "run", study / "manifest.parquet", study / "store", output)
    with np.load(output) as archive:
        return dict(archive)


def test_maps_are_mean_absolute_activations_of_the_central_crops(
    study: Path, model: QualityModel
) -> None:
    arrays = write(study, study / "maps.npz")
    stored = np.fromfile(study / "store/pixels.u8", np.uint8).reshape(3, 70, 90, 3)
    mean, std = (np.array(v) for v in (EXPERIMENT.backbone.mean, EXPERIMENT.backbone.std))
    for image, photo in ((1, "low"), (2, "high")):
        crop = stored[image, 3 : 3 + CROP, 13 : 13 + CROP]
        np.testing.assert_array_equal(arrays[f"image_{photo}"], crop)
        batch = torch.from_numpy((crop / 255 - mean) / std).permute(2, 0, 1)[None].float()
        with torch.inference_mode():
            stages = model.backbone(batch)
        for number, stage in enumerate(stages, start=1):
            expected = stage[0].abs().mean(dim=0).numpy()
            np.testing.assert_allclose(arrays[f"{photo}_{number}"], expected, rtol=1e-4, atol=1e-6)
    assert len(arrays) == 2 + 2 * len(stages)


def test_equal_runs_give_equal_bytes_in_another_process(study: Path) -> None:
    write(study, study / "maps.npz")
    arguments = {"run": "run", "manifest": "manifest.parquet", "store": "store", "output": "b.npz"}
    given = {name: study / value for name, value in arguments.items()}
    done = smartiqa_apart("feature-maps", **given)
    assert done.returncode == 0, done.stderr
    assert (study / "b.npz").read_bytes() == (study / "maps.npz").read_bytes()


def test_a_manifest_without_test_images_is_named(study: Path) -> None:
    frame = pd.read_parquet(study / "manifest.parquet")
    frame.assign(split="train").to_parquet(study / "manifest.parquet")
    with pytest.raises(InputError, match=r"manifest\.parquet: no image belongs"):
        write(study, study / "maps.npz")
    assert not (study / "maps.npz").exists()
