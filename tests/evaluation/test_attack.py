"""The attack, against models whose worst case is known, and on a trained one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from smartiqa.core.errors import InputError
from smartiqa.data.prepared import open_split
from smartiqa.evaluation import attack as stage
from smartiqa.evaluation.attack import PHOTOS, STRENGTHS, attack_run, perturbed
from smartiqa.evaluation.photo_crops import photo_crops
from smartiqa.evaluation.prediction import load_run
from smartiqa.models.gradients import pixel_gradients
from smartiqa.models.quality import QualityModel, QualityOutput
from smartiqa.results.records import Attack
from tiny_study import CROP, Prepared


def pixels(count: int = 2, side: int = 6) -> Tensor:
    draws = np.random.default_rng(3).integers(0, 256, (count, side, side, 3))
    return torch.from_numpy(draws.astype(np.uint8))


@pytest.mark.parametrize("strength", [1, 2, 4, 7])
def test_of_a_linear_model_it_finds_the_optimum(strength: int) -> None:
    """Of w.x within a box the greatest value is at a corner: each pixel goes where w points."""
    crops = pixels()
    slopes = torch.from_numpy(np.random.default_rng(4).normal(size=crops.shape)).float()
    directions = torch.tensor([1.0, -1.0])
    found = perturbed(crops, lambda _: slopes, directions, strength)
    towards = slopes.sign() * directions[:, None, None, None]
    corner = (crops.int() + strength * towards).clamp(0, 255)
    assert (found == corner).all()
    inside = ((crops >= strength) & (crops <= 255 - strength)).all(dim=3)
    gained = ((found.int() - crops.int()) * slopes).sum(dim=3) * directions[:, None, None]
    best = strength * slopes.abs().sum(dim=3)
    torch.testing.assert_close(gained[inside], best[inside])


def test_it_stops_near_an_optimum_that_lies_inside() -> None:
    """-(x - t)^2 is greatest at t: five steps of half the strength end at most half a one off."""
    crops = pixels().clamp(10, 240)
    target = crops.float() + torch.from_numpy(np.random.default_rng(5).uniform(-4, 4, crops.shape))
    found = perturbed(crops, lambda x: (target - x).float(), torch.ones(2), 4)
    assert (found.float() - target).abs().max() <= 4 * stage.REACH / stage.STEPS + 0.5


@pytest.fixture(scope="module")
def found(run: Path, dataset: Prepared) -> Attack:
    return attack_run(run, dataset.manifest, dataset.store)


def test_the_gradient_is_that_of_finite_differences(run: Path, dataset: Prepared) -> None:
    photos = photo_crops(run, dataset.manifest, dataset.store, 1)
    backbone = photos.experiment.backbone
    crop = torch.from_numpy(photos.crops).float()
    slopes = pixel_gradients(photos.model, backbone, crop, "float32")
    direction = slopes / slopes.norm()

    def score(moved: Tensor) -> float:
        pixels = moved.double() / 255
        images = (pixels - torch.tensor(backbone.mean)) / torch.tensor(backbone.std)
        with torch.inference_mode():
            return float(photos.model(images.float().permute(0, 3, 1, 2)).scores)

    gained = score(crop + direction) - score(crop - direction)
    assert gained / 2 == pytest.approx(float(slopes.norm()), rel=0.05)


def test_scores_move_apart_from_the_truth_and_farther_than_by_noise(found: Attack) -> None:
    before = np.array(found.before)
    down = before > np.median(before)
    assert len(before) == len(found.qualities) == len(found.contents) == PHOTOS
    sizes = []
    for each in found.strengths:
        moved = np.array(each.after) - before
        assert (moved[down] < 0).all()
        assert (moved[~down] > 0).all()
        sizes.append(np.abs(moved).mean())
        assert sizes[-1] > 2 * np.abs(np.array(each.with_noise) - before).mean() > 0
    assert sizes == sorted(sizes)
    assert [each.strength for each in found.strengths] == [*STRENGTHS]


def test_no_pixel_moves_farther_than_allowed(found: Attack) -> None:
    """If every pixel moved by the whole strength, PSNR would be 20 log10(255 / strength)."""
    for each in found.strengths:
        least = 20 * np.log10(255 / each.strength)
        assert least <= each.psnr < least + 3


def test_it_repeats(found: Attack, run: Path, dataset: Prepared) -> None:
    assert attack_run(run, dataset.manifest, dataset.store) == found


@pytest.mark.parametrize("how", ["detached", "rounded"])
def test_a_model_that_cannot_be_differentiated_is_refused_by_name(
    how: str, run: Path, dataset: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = QualityModel.forward

    def blunt(model: QualityModel, images: Tensor) -> QualityOutput:
        output = forward(model, images)
        scores = output.scores.detach() if how == "detached" else output.scores.round()
        return output._replace(scores=scores)

    monkeypatch.setattr(QualityModel, "forward", blunt)
    backbone = load_run(run)[0].backbone.name
    with pytest.raises(
        InputError, match=rf"{run}: a model with the backbone '{backbone}'.*no gradient"
    ):
        attack_run(run, dataset.manifest, dataset.store)


def test_crops_are_central(run: Path, dataset: Prepared) -> None:
    photos = photo_crops(run, dataset.manifest, dataset.store, 5)
    images, store, _ = open_split(dataset.manifest, dataset.store, "test")
    best = images.sort_values(["quality", "id"]).iloc[-1]
    photo = store.image(int(store.rows([best["id"]])[0]))
    top, left = (round((side - CROP) / 2) for side in photo.shape[:2])
    assert (photos.crops[-1] == photo[top : top + CROP, left : left + CROP]).all()
    assert photos.qualities[-1] == best["quality"]
    assert photos.contents[-1] == best["content"]
