"""Hiding places: what is hidden, what the maps are, and whether a map that must win does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from smartiqa.evaluation.masking import (
    HIDDEN,
    PHOTOS,
    PLACES,
    area,
    changes,
    expected_changes,
    hidden_sets,
    hide,
    maps_of,
    masking,
    place_of_pixels,
)
from smartiqa.evaluation.photo_crops import PhotoCrops, photo_crops
from smartiqa.models.inference import CropScores
from smartiqa.results.records import Masking
from tiny_study import CROP, Prepared, texture


@pytest.fixture(scope="module")
def found(run: Path, dataset: Prepared) -> Masking:
    return masking(run, dataset.manifest, dataset.store)


@pytest.fixture
def cut(run: Path, dataset: Prepared) -> PhotoCrops:
    return photo_crops(run, dataset.manifest, dataset.store, 3)


@pytest.mark.parametrize("side", [CROP, 112, 224, 384])
def test_places_are_a_grid_of_seven_by_seven(side: int) -> None:
    places = place_of_pixels(side)
    assert places[0, 0] == 0
    assert places[0, -1] == 6
    assert places[-1, 0] == 42
    sizes = np.bincount(places.ravel(), minlength=PLACES)
    assert len(sizes) == PLACES
    assert sizes.min() >= (side // 7) ** 2


def test_hidden_places_have_the_mean_colour_and_others_stay() -> None:
    crop = texture(3, 70, 70)
    hidden = np.zeros(PLACES, np.bool_)
    hidden[8] = True  # second row, second column
    shown = hide(crop, hidden)
    changed = np.zeros((70, 70), np.bool_)
    changed[10:20, 10:20] = True
    assert (shown[changed] == np.rint(crop.reshape(-1, 3).mean(axis=0))).all()
    assert (shown[~changed] == crop[~changed]).all()


def test_as_many_are_hidden_as_is_said_in_their_order() -> None:
    orders = np.array([np.arange(PLACES), np.arange(PLACES)[::-1]])
    sets = hidden_sets(orders).reshape(2, len(HIDDEN), PLACES)
    for step, count in enumerate(HIDDEN):
        assert np.flatnonzero(sets[0, step]).tolist() == [*range(count)]
        assert np.flatnonzero(sets[1, step]).tolist() == [*range(PLACES - count, PLACES)]


def test_the_area_is_that_of_the_trapezoidal_rule() -> None:
    curves = np.random.default_rng(1).uniform(0, 9, (4, len(HIDDEN)))
    shares = np.array([0, *HIDDEN, PLACES]) / PLACES
    expected = [np.trapezoid([0, *curve, 0], shares) for curve in curves]
    np.testing.assert_allclose(area(curves), expected)


def test_a_map_of_what_counts_wins_and_its_opposite_loses(
    cut: PhotoCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a score that is known: every place that is shown adds its own amount."""
    worth = np.random.default_rng(5).permutation(PLACES).astype(float)
    where = place_of_pixels(CROP)
    crop = np.random.default_rng(6).integers(0, 255, (CROP, CROP, 3)).astype(np.uint8)

    def known(_: object, crops: np.ndarray) -> CropScores:
        shown = [(each != hide(crop, np.ones(PLACES, np.bool_))).any(axis=2) for each in crops]
        scores = np.array([worth[np.unique(where[pixels])].sum() for pixels in shown])
        return CropScores(scores, None)

    monkeypatch.setattr(PhotoCrops, "scored", known)
    mine = cut._replace(crops=crop[np.newaxis])
    curves, whole = changes(mine, 0, {"right": worth, "wrong": -worth, "none": 0 * worth})
    assert whole == worth.sum()
    ranked = np.sort(worth)[::-1]
    np.testing.assert_allclose(curves["right"].first, [ranked[:k].sum() for k in HIDDEN])
    np.testing.assert_allclose(curves["right"].last, [ranked[-k:].sum() for k in HIDDEN])
    np.testing.assert_allclose(curves["wrong"].first, curves["right"].last)
    assert (curves["right"].random < curves["right"].first).all()
    assert (curves["right"].random > curves["right"].last).all()
    shares = np.array(HIDDEN) / PLACES
    np.testing.assert_allclose(curves["none"].random / whole, shares, atol=0.12)


def test_maps_are_those_of_the_stages_and_of_the_gate(cut: PhotoCrops) -> None:
    maps = maps_of(cut)
    assert [*maps] == ["stage 1", "stage 2", "stage 3", "stage 4", "gate", "gradient"]
    backbone = cut.experiment.backbone
    pixels = torch.from_numpy(cut.crops[1:2]).float() / 255
    images = ((pixels - torch.tensor(backbone.mean)) / torch.tensor(backbone.std)).permute(
        0, 3, 1, 2
    )
    stages = cut.model.backbone(images)
    weights = cut.model(images).attention[0]
    gate = np.zeros((7, 7))
    for number, (stage_map, weight) in enumerate(zip(stages, weights, strict=True), start=1):
        sizes = torch.nn.functional.adaptive_avg_pool2d(stage_map[0].abs().mean(dim=0)[None], 7)[0]
        np.testing.assert_allclose(maps[f"stage {number}"][1].reshape(7, 7), sizes, rtol=1e-4)
        gate += float(weight) * sizes.numpy() / sizes.numpy().mean()
    np.testing.assert_allclose(maps["gate"][1].reshape(7, 7), gate, rtol=1e-4)


def test_a_gradient_foresees_what_hiding_does_to_a_linear_score() -> None:
    rng = np.random.default_rng(2)
    crops = rng.integers(0, 255, (2, CROP, CROP, 3)).astype(np.uint8)
    slopes = rng.normal(size=crops.shape).astype(np.float32)
    expected = expected_changes(crops, slopes)
    for number in range(2):
        for place in (0, 17, 48):
            hidden = hide(crops[number], np.arange(PLACES) == place).astype(float)
            change = (slopes[number] * (hidden - crops[number])).sum()
            # The colour of hidden places is rounded to whole grey levels.
            assert expected[number, place] == pytest.approx(abs(change), rel=0.05, abs=5)


def test_the_record_has_every_map_and_repeats(found: Masking, run: Path, dataset: Prepared) -> None:
    assert found.photos == len(found.contents) == PHOTOS
    assert len({*found.contents}) == 2
    assert [each.name for each in found.maps][-2:] == ["gate", "gradient"]
    for each in found.maps:
        assert len(each.first) == len(each.last) == len(found.random) == len(HIDDEN)
        # The areas of all photos are those of the mean curves.
        first, last, random = map(np.array, (each.first, each.last, found.random))
        assert np.mean(each.deletion) == pytest.approx((first - random).sum() / 7)
        assert np.mean(each.insertion) == pytest.approx((random - last).sum() / 7)
    assert found.whole > 0
    assert masking(run, dataset.manifest, dataset.store) == found
