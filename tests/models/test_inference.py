from __future__ import annotations

import numpy as np
import pytest
import torch

from smartiqa.config import experiment as config
from smartiqa.data.crops import crop_batches, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.models.inference import place_crops, score_crops
from smartiqa.models.quality import build_model
from tiny_study import CROP, TINY_SWIN, Prepared, experiment


@pytest.fixture
def store(dataset: Prepared) -> PixelStore:
    return PixelStore.open(dataset.store)


def test_crops_come_image_by_image(store: PixelStore) -> None:
    images = np.array([7, 3, 200])
    for positions in ("random", "centre", "grid"):
        how = config.Testing(crops=1 if positions == "centre" else 4, positions=positions)
        placed = place_crops(store, images, how, CROP, 1)
        assert placed.rows.tolist() == np.repeat(images, how.crops).tolist()
        corners = np.stack(placed.positions, axis=1)
        assert ((corners >= 0) & (corners + CROP <= store.sizes[placed.rows])).all()


def test_only_random_crops_depend_on_the_seed(store: PixelStore) -> None:
    images = np.arange(20)
    for positions, crops in (("random", 3), ("centre", 1), ("grid", 3)):
        how = config.Testing(crops=crops, positions=positions)
        first, again, other = (
            np.stack(place_crops(store, images, how, CROP, seed).positions) for seed in (1, 1, 2)
        )
        assert np.array_equal(first, again)
        assert np.array_equal(first, other) == (positions != "random")


@pytest.mark.parametrize("gate", ["softmax", "sigmoid", "none"])
def test_every_crop_gets_a_score_and_the_gate_its_weights(store: PixelStore, gate: str) -> None:
    settings = experiment(config.Model(gate=gate))
    torch.manual_seed(0)
    model = build_model(settings.model, settings.backbone, CROP).train()
    placed = place_crops(store, np.arange(35), config.Testing(crops=2), CROP, 1)
    scored = score_crops(model, TINY_SWIN, store, placed, "float32")
    assert not model.training
    assert (scored.scores.shape, scored.scores.dtype) == ((70,), np.float64)
    if gate == "none":
        assert scored.attention is None
    else:
        assert scored.attention is not None
        assert scored.attention.shape == (70, 4)
        assert ((scored.attention > 0) & (scored.attention < 1)).all()


def test_mixed_precision_changes_little(store: PixelStore) -> None:
    settings = experiment()
    torch.manual_seed(0)
    model = build_model(settings.model, settings.backbone, CROP)
    placed = place_crops(store, np.arange(40), config.Testing(crops=1), CROP, 1)
    full, mixed = (
        score_crops(model, TINY_SWIN, store, placed, precision).scores
        for precision in ("float32", "bfloat16")
    )
    assert 0 < np.abs(mixed - full).max() < 0.5


def test_scores_come_from_folded_batch_norms_and_are_the_models_own(store: PixelStore) -> None:
    backbone = config.Backbone(name="resnet18")
    torch.manual_seed(0)
    model = build_model(config.Model(), backbone, CROP).train()
    crops = torch.rand(4, 3, CROP, CROP)
    for _ in range(3):
        model(crops)  # gives the BatchNorms something to fold
    counts: list[int] = []
    model.backbone.register_forward_hook(lambda module, *_: counts.append(batch_norms(module)))
    placed = place_crops(store, np.arange(5), config.Testing(crops=1), CROP, 1)
    scored = score_crops(model, backbone, store, placed, "float32").scores
    assert counts == [0]
    assert batch_norms(model) == 20
    batch = next(crop_batches(store, placed, 5))
    with torch.inference_mode():
        own = model(normalise(batch, backbone.mean, backbone.std, torch.device("cpu"))).scores
    np.testing.assert_allclose(scored, own.numpy(), rtol=1e-4)


def batch_norms(module: torch.nn.Module) -> int:
    return sum(isinstance(part, torch.nn.BatchNorm2d) for part in module.modules())
