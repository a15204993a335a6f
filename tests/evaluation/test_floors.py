"""Floors of the tiny dataset, each against an independent computation."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import load_file
from scipy import stats

from command_line import smartiqa, study_files
from smartiqa.config import experiment as config
from smartiqa.config.study import Statistics
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json
from smartiqa.data.checks.near_pairs import PAIR_COLUMNS
from smartiqa.data.prepared import open_split
from smartiqa.evaluation import floors as stage
from smartiqa.evaluation.floors import floors, nearest_scores
from smartiqa.evaluation.prediction import CROP_SEED
from smartiqa.evaluation.probes import fit_probe
from smartiqa.evaluation.scoring import score_predictions
from smartiqa.metrics.measures import measures_of
from smartiqa.models.backbones import FeatureBackbone, load_weights
from smartiqa.models.inference import place_crops
from smartiqa.models.pooled_features import pooled_features
from smartiqa.results.floor_records import Floors
from tiny_study import CROP, TINY_SWIN, Prepared, experiment
from vouching import record_digest

TESTING = config.Testing(crops=2)
STATISTICS = Statistics(replicates=20, seed=7)


@pytest.fixture(scope="module")
def found(dataset: Prepared, weights: Path) -> Floors:
    return floors(experiment(), TESTING, STATISTICS, *dataset[1:], weights)


@pytest.fixture
def copy(dataset: Prepared, tmp_path: Path) -> Prepared:
    """The prepared dataset, to be changed."""
    folder = tmp_path / "copy"
    shutil.copytree(dataset.manifest.parent, folder)
    return Prepared(dataset.root, folder / "manifest.parquet", folder / "store-none")


def change(prepared: Prepared, split: str, column: str, value: object) -> None:
    frame = pd.read_parquet(prepared.manifest)
    frame.loc[frame["split"] == split, column] = value
    frame.to_parquet(prepared.manifest, index=False)
    record_digest(prepared.manifest)


def manifest(prepared: Prepared, split: str) -> pd.DataFrame:
    frame = pd.read_parquet(prepared.manifest)
    return frame[frame["split"] == split]


def independent_features(prepared: Prepared, weights: Path, split: str) -> list[np.ndarray]:
    """Means of timm's own maps, one crop at a time."""
    network = timm.create_model(TINY_SWIN.name, features_only=True, **TINY_SWIN.options)
    network.load_state_dict(load_file(weights), strict=False)
    network.eval()
    _, store, rows = open_split(prepared.manifest, prepared.store, split)
    crops = place_crops(store, rows, TESTING, CROP, CROP_SEED)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (TINY_SWIN.mean, TINY_SWIN.std))
    found = []
    for row, top, left in zip(crops.rows, *crops.positions, strict=True):
        pixels = np.array(store.image(row)[top : top + CROP, left : left + CROP])
        image = (torch.from_numpy(pixels).permute(2, 0, 1) / 255 - mean) / std
        with torch.inference_mode():
            found.append([stage.mean(dim=(0, 1, 2)).numpy() for stage in network(image[None])])
    halves = [np.array(stage, dtype=np.float64) for stage in zip(*found, strict=True)]
    return [(stage[::2] + stage[1::2]) / 2 for stage in halves]


def test_features_are_those_of_the_frozen_network_averaged_over_the_test_crops(
    dataset: Prepared, weights: Path
) -> None:
    _, store, rows = open_split(dataset.manifest, dataset.store, "validation")
    crops = place_crops(store, rows, TESTING, CROP, CROP_SEED)
    backbone = FeatureBackbone(experiment().backbone, CROP).eval()
    load_weights(backbone.network, weights)
    stages = pooled_features(experiment(), backbone, store, crops)
    expected = independent_features(dataset, weights, "validation")
    assert [s.shape for s in stages] == [(len(rows), 8 * 2**k) for k in range(4)]
    for one, other in zip(stages, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_constant_has_an_error_and_no_rank(found: Floors, dataset: Prepared) -> None:
    constant = found.floors[0]
    mean = manifest(dataset, "train")["quality"].mean()
    error = np.sqrt(np.mean((manifest(dataset, "test")["quality"] - mean) ** 2))
    assert constant.name == "constant"
    assert set(constant.measures) == {"rmse"}
    assert constant.measures["rmse"].values == pytest.approx([error])


def test_the_look_alike_is_the_nearest_training_image(found: Floors, dataset: Prepared) -> None:
    checked = pd.read_parquet(dataset.manifest.parent / "checks" / "images.parquet")
    hashes = dict(zip(checked["id"], checked["hash"], strict=True))
    train, test = manifest(dataset, "train"), manifest(dataset, "test")
    predictions = []
    for one in test["id"]:
        bits = np.array([(int(hashes[one]) ^ int(hashes[o])).bit_count() for o in train["id"]])
        predictions.append(train["quality"][bits == bits.min()].mean())
    expected = stats.spearmanr(predictions, test["quality"]).statistic
    assert found.floors[1].name == "nearest"
    assert found.floors[1].measures["srcc"].values == pytest.approx([expected])


def test_of_equally_near_images_the_mean_score_counts() -> None:
    known = np.array([0b0000, 0b0011, 0b1111], dtype=np.uint64)
    scores = np.array([10.0, 20.0, 90.0])
    one, two = nearest_scores(np.array([0b0001, 0b1111], dtype=np.uint64), known, scores)
    assert (one, two) == (15.0, 90.0)


def test_probes_are_fitted_to_training_and_chosen_on_validation(
    found: Floors, dataset: Prepared, weights: Path
) -> None:
    parts = {s: independent_features(dataset, weights, s) for s in ("train", "validation", "test")}
    quality = {s: manifest(dataset, s)["quality"].to_numpy() for s in parts}
    probes = {(f.name, f.stages): f for f in found.floors[2:]}
    assert set(probes) == {(k, s) for k in ("ridge", "svr") for s in ("last", "all")}
    ridge = probes["ridge", "last"]
    probe = fit_probe("ridge", *((parts[s][-1], quality[s]) for s in ("train", "validation")))
    assert probe is not None
    assert ridge.settings == probe.settings
    expected = stats.spearmanr(probe.predict(parts["test"][-1]), quality["test"]).statistic
    assert ridge.measures["srcc"].values == pytest.approx([expected], abs=0.02)


def test_the_images_are_those_of_a_run_s_metrics(
    found: Floors, dataset: Prepared, tmp_path: Path
) -> None:
    """What pairs a probe with a run: the digest, and groups in the same order."""
    test = manifest(dataset, "test").reset_index(drop=True)
    table = test[["id", "quality", "content"]].assign(prediction=test["quality"].rank())
    table.to_parquet(tmp_path / "single.parquet")
    record_digest(tmp_path / "single.parquet")
    score = score_predictions(tmp_path / "single.parquet", *STATISTICS.model_dump().values())
    assert score["test_images"] == found.test_images
    assert score["contents"] == found.contents == 2
    groups = {len(runs.left_out[0]) for floor in found.floors for runs in floor.measures.values()}
    assert groups == {2}


def test_test_scores_are_read_for_the_final_measures_only(
    found: Floors, copy: Prepared, weights: Path
) -> None:
    changed = np.random.default_rng(0).uniform(0, 100, len(manifest(copy, "test")))
    change(copy, "test", "quality", changed)
    other = floors(experiment(), TESTING, STATISTICS, *copy[1:], weights)
    chosen = [(f.settings, f.validation_srcc) for f in found.floors]
    assert [(f.settings, f.validation_srcc) for f in other.floors] == chosen
    assert other.floors[2].measures["srcc"] != found.floors[2].measures["srcc"]


def test_without_validation_images_there_are_no_probes(copy: Prepared, weights: Path) -> None:
    change(copy, "validation", "split", "train")
    other = floors(experiment(), TESTING, STATISTICS, *copy[1:], weights)
    assert [floor.name for floor in other.floors] == ["constant", "nearest"]
    assert (other.chosen, other.curve) == (None, ())


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_split_without_images_is_named(split: str, copy: Prepared, weights: Path) -> None:
    change(copy, split, "split", "validation")
    with pytest.raises(InputError, match=f"no image belongs to the split '{split}'"):
        floors(experiment(), TESTING, STATISTICS, *copy[1:], weights)


def test_a_ceiling_takes_spread_and_votes(found: Floors, copy: Prepared, weights: Path) -> None:
    change(copy, "validation", "split", "train")  # quicker: no probes
    change(copy, "test", "spread", 10.0)
    change(copy, "test", "ratings", 25.0)
    ceiling = floors(experiment(), TESTING, STATISTICS, *copy[1:], weights).ceiling
    assert found.ceiling is None
    assert ceiling is not None
    variance = manifest(copy, "test")["score"].var(ddof=0)
    assert ceiling.plcc == pytest.approx(np.sqrt(1 - 4 / variance), abs=0.01)


def test_images_like_training_are_measured_apart(copy: Prepared, weights: Path) -> None:
    change(copy, "validation", "split", "train")
    test, train = manifest(copy, "test"), manifest(copy, "train")
    pairs = [[test["id"].iloc[0], "test", train["id"].iloc[0], "train", "this", 1]]
    path = copy.manifest.parent / "checks" / "near_duplicates.csv"
    pd.DataFrame(pairs, columns=PAIR_COLUMNS).to_csv(path, index=False)
    record_digest(path)
    other = floors(experiment(), TESTING, STATISTICS, *copy[1:], weights)
    rest = test["quality"].to_numpy()[1:]
    error = np.sqrt(np.mean((rest - train["quality"].mean()) ** 2))
    assert other.apart == len(test) - 1
    apart = other.floors[0].without_near_duplicates["rmse"]
    assert apart.values == pytest.approx([error])


def test_intervals_leave_whole_contents_out() -> None:
    rng = np.random.default_rng(5)
    images = pd.DataFrame({"id": [f"{k}" for k in range(12)], "quality": rng.uniform(0, 100, 12)})
    images["content"] = [f"photo{k % 4}" for k in range(12)]
    predictions = images["quality"].to_numpy() + rng.normal(0, 20, 12)
    tested = stage.Tested.of(images, (), STATISTICS)
    found = tested.measured(predictions)
    assert set(found) == set(measures_of("floors"))
    expected = [
        stats.spearmanr(predictions[kept], images["quality"][kept]).statistic
        for photo in ("photo0", "photo1", "photo2", "photo3")
        for kept in [(images["content"] != photo).to_numpy()]
    ]
    assert found["srcc"].left_out[0] == pytest.approx(expected)
    assert tested.measured_apart(predictions) == {}


def test_the_command_line_writes_equal_bytes_each_time(
    found: Floors, dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    changes = {"testing": TESTING.model_dump(), "statistics": STATISTICS.model_dump()}
    options = {**study_files(tmp_path, experiment(), **changes), "weights": weights}
    options |= {"manifest": dataset.manifest, "store": dataset.store}
    for name in ("one.json", "two.json"):
        smartiqa("floors", **options, output=tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    written = Floors.model_validate(read_json(tmp_path / "one.json"))
    assert [f.measures for f in written.floors] == [f.measures for f in found.floors]
