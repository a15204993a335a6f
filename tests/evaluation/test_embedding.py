from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from command_line import smartiqa
from smartiqa.config.experiment import Experiment, Model
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.evaluation import embedding as stage
from smartiqa.evaluation.embedding import embed, embedding, sampled
from smartiqa.models.quality import build_model
from smartiqa.training.checkpoints import copy_weights, save_weights
from tiny_study import CROP, TINY_SWIN, Prepared, experiment
from whole_files import whole_config


class Independent(NamedTuple):
    """What `embed` works from, computed from the image files and the weight files."""

    images: pd.DataFrame
    vectors: NDArray[np.float64]
    features: NDArray[np.float64]


@pytest.fixture(scope="module")
def expected(run: Path, dataset: Prepared, weights: Path) -> Independent:
    frame = pd.read_parquet(dataset.manifest)
    images = frame[frame["split"] == "test"].reset_index(drop=True)
    mean, std = np.array(TINY_SWIN.mean), np.array(TINY_SWIN.std)
    crops = []
    for file in images["file"]:
        pixels = np.asarray(Image.open(dataset.root / file))
        top, left = ((side - CROP) // 2 for side in pixels.shape[:2])
        crop = pixels[top : top + CROP, left : left + CROP]
        crops.append(((crop / 255 - mean) / std).transpose(2, 0, 1))
    batch = torch.from_numpy(np.stack(crops)).float()
    settings = Experiment.model_validate(read_json(run / "config.json")["experiment"])
    model = build_model(settings.model, settings.backbone, settings.crop).eval()
    model.load_state_dict(load_file(run / "best.safetensors"))
    with torch.inference_mode():
        generated = model(batch).generated
        rows = [
            torch.cat([part[k].flatten() for layer in generated for part in layer])
            for k in range(len(batch))
        ]
        model.backbone.network.load_state_dict(load_file(weights), strict=False)
        deepest = model.backbone(batch)[-1].mean(dim=(2, 3))
    return Independent(images, torch.stack(rows).double().numpy(), deepest.double().numpy())


@pytest.fixture(scope="module")
def embedded(
    run: Path, dataset: Prepared, weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, dict[str, Any]]:
    output = tmp_path_factory.mktemp("embed") / "generated.parquet"
    embed(run, dataset.manifest, dataset.store, weights, output)
    return pd.read_parquet(output), read_json(output.with_suffix(".json"))


def principal_space(
    vectors: NDArray[np.float64], components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates on the principal axes and each axis' share of the variance, by an SVD."""
    centred = vectors - vectors.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return (u * s)[:, :components], s**2 / (s**2).sum()


def thirds(quality: pd.Series) -> list[str]:
    low, high = np.quantile(quality, [1 / 3, 2 / 3])
    return ["low" if q < low else "middle" if q < high else "high" for q in quality]


def test_silhouettes_are_sklearns_on_the_generated_weights(
    embedded: Any, expected: Independent
) -> None:
    _, record = embedded
    space, shares = principal_space(expected.vectors, 50)
    by_content = silhouette_score(space, expected.images["reference"])
    by_quality = silhouette_score(space, thirds(expected.images["quality"]))
    assert record["silhouette_content"] == pytest.approx(by_content, abs=1e-4)
    assert record["silhouette_quality"] == pytest.approx(by_quality, abs=1e-4)
    assert record["components"] == min(50, len(expected.vectors) - 1)
    assert record["explained_variance"] == pytest.approx(shares[:2], abs=1e-4)
    assert abs(by_content - by_quality) > 0.01  # else the two could be confused


def test_all_generated_values_count(embedded: Any, expected: Independent) -> None:
    _, record = embedded
    sizes = (224, 112, 56, 28, 14, 1)
    count = sum(i * o + o for i, o in pairwise(sizes))
    assert expected.vectors.shape == (102, count)
    assert (record["images"], record["test_images"], record["values"]) == (102, 102, count)


def test_coordinates_are_the_first_two_components(embedded: Any, expected: Independent) -> None:
    table, _ = embedded
    space, _ = principal_space(expected.vectors, 2)
    for name, axis in zip(("pc1", "pc2"), space.T, strict=True):
        sign = np.sign(np.dot(table[name], axis))
        np.testing.assert_allclose(table[name], sign * axis, atol=1e-4 * np.ptp(axis))
    for name in ("id", "distortion", "quality"):
        assert table[name].tolist() == expected.images[name].tolist()
    assert table["content"].tolist() == expected.images["reference"].tolist()


def test_the_sign_of_a_component_is_fixed() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 60)) * [9, 6, *np.ones(58)]
    content, quality = np.arange(30) % 3, rng.uniform(size=30)
    coordinates, _ = embedding(vectors, content, quality)
    negated, _ = embedding(-vectors, content, quality)
    np.testing.assert_allclose(negated, -coordinates, atol=1e-9)
    centred = vectors - vectors.mean(axis=0)
    loading = centred.T @ coordinates[:, 0]
    assert loading[np.abs(loading).argmax()] > 0


def test_well_separated_contents_score_high() -> None:
    rng = np.random.default_rng(0)
    content = np.repeat([0, 1, 2], 20)
    vectors = 10 * np.eye(60)[content] + rng.normal(0, 0.1, (60, 60))
    _, record = embedding(vectors, content, rng.uniform(size=60))
    assert record["silhouette_content"] > 0.9
    assert record["silhouette_quality"] < 0.1


@pytest.mark.parametrize("alone", [False, True], ids=["no references", "each its own"])
def test_where_none_is_shared_contents_are_clusters_of_pretrained_features(
    alone: bool,
    run: Path,
    dataset: Prepared,
    weights: Path,
    expected: Independent,
    tmp_path: Path,
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame["reference"] = frame["id"].where((frame["split"] == "test") & alone, "")
    frame.to_parquet(tmp_path / "manifest.parquet")
    output = tmp_path / "generated.parquet"
    embed(run, tmp_path / "manifest.parquet", dataset.store, weights, output)
    table = pd.read_parquet(output)
    clusters = KMeans(8, n_init=10, random_state=0).fit(expected.features).labels_
    assert adjusted_rand_score(clusters, table["content"]) > 0.95
    assert set(table["content"]) == {f"cluster {number}" for number in range(1, 9)}
    space, _ = principal_space(expected.vectors, 50)
    score = silhouette_score(space, table["content"])
    assert read_json(tmp_path / "generated.json")["silhouette_content"] == pytest.approx(
        score, abs=1e-4
    )


def test_of_more_images_than_can_be_compared_a_random_sample_is_taken(
    run: Path, dataset: Prepared, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MOST_IMAGES", 60)
    embed(run, dataset.manifest, dataset.store, weights, tmp_path / "generated.parquet")
    record = read_json(tmp_path / "generated.json")
    assert (record["images"], record["test_images"]) == (60, 102)
    frame = pd.read_parquet(dataset.manifest)
    ids = frame.loc[frame["split"] == "test", "id"].tolist()
    assert pd.read_parquet(tmp_path / "generated.parquet")["id"].tolist() == [
        ids[place] for place in sampled(102, 60)
    ]


def test_a_sample_is_random_the_same_every_time_and_without_repeats() -> None:
    chosen = sampled(10_000, 2_500)
    assert len(set(chosen)) == 2_500
    assert sorted(chosen) == chosen.tolist() == sampled(10_000, 2_500).tolist()
    tenths = np.bincount(chosen // 1_000, minlength=10)
    assert 180 < tenths.min() < tenths.max() < 320  # from all over the images, 250 expected
    assert sampled(2_015, stage.MOST_IMAGES).tolist() == list(range(2_015))  # KonIQ-10k's split


def test_a_model_without_generated_weights_cannot_be_embedded(
    dataset: Prepared, weights: Path, tmp_path: Path
) -> None:
    settings = experiment(Model(regressor="fixed"), name="G-fixed")
    torch.manual_seed(0)
    model = build_model(settings.model, settings.backbone, settings.crop)
    save_weights(tmp_path / "run" / "best.safetensors", copy_weights(model))
    write_json(tmp_path / "run" / "config.json", whole_config(settings.model_dump(mode="json")))
    with pytest.raises(InputError, match="experiment G-fixed generates no weights"):
        embed(tmp_path / "run", dataset.manifest, dataset.store, weights, tmp_path / "a.parquet")
    assert not list(tmp_path.glob("a.*"))


def test_what_does_not_belong_together_is_named(
    run: Path, dataset: Prepared, mixed: Prepared, weights: Path, tmp_path: Path
) -> None:
    output = tmp_path / "generated.parquet"
    with pytest.raises(InputError, match=r"was not made from .*manifest\.parquet"):
        embed(run, dataset.manifest, mixed.store, weights, output)
    frame = pd.read_parquet(dataset.manifest)
    frame.assign(split="train").to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match=r"manifest\.parquet: no image belongs to the split"):
        embed(run, tmp_path / "manifest.parquet", dataset.store, weights, output)
    assert not output.exists()


def test_the_command_line_embeds(
    run: Path,
    dataset: Prepared,
    weights: Path,
    embedded: Any,
    tmp_path: Path,
) -> None:
    smartiqa(
        "embed",
        run=run,
        manifest=dataset.manifest,
        store=dataset.store,
        weights=weights,
        output=tmp_path / "generated.parquet",
    )
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "generated.parquet"), embedded[0])
    assert read_json(tmp_path / "generated.json") == embedded[1]
