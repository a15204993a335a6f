"""What moves a score: photos are changed as they say, and scored as the stage predict does."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.signal import convolve

from smartiqa.config import experiment as config
from smartiqa.data.prepared import open_split
from smartiqa.evaluation import changes
from smartiqa.evaluation.changes import CHANGES, Pixels, unchanged
from smartiqa.evaluation.photo_crops import spread_over_quality
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.evaluation.robustness import CROPS, PHOTOS, robustness
from smartiqa.results.records import Robustness
from tiny_study import Prepared, texture

PHOTO = texture(5, 90, 120)


def change(kind: str, setting: str) -> Pixels:
    return CHANGES[kind, setting][1](PHOTO)


def test_jpeg_is_that_of_pillow() -> None:
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "JPEG", quality=20)
    assert (change("JPEG", "quality 20") == np.asarray(Image.open(file))).all()


def test_full_colours_differ_from_half_ones_in_colours() -> None:
    first, second = CHANGES["colours", "4:4:4"]
    assert (first(PHOTO) == change("JPEG", "quality 95")).all()
    file = io.BytesIO()
    Image.fromarray(PHOTO).save(file, "JPEG", quality=95, subsampling=0)
    assert (second(PHOTO) == np.asarray(Image.open(file))).all()
    assert (second(PHOTO) != first(PHOTO)).any()


def test_blur_has_its_width() -> None:
    steps = np.arange(-8, 9)
    kernel = np.exp(-(steps**2) / (2 * 2.0**2))
    kernel = np.outer(kernel, kernel)[..., np.newaxis] / kernel.sum() ** 2
    expected = convolve(PHOTO.astype(float), kernel, mode="same")
    inner = np.s_[10:-10, 10:-10]
    np.testing.assert_allclose(change("blur", "sigma 2")[inner], expected[inner], atol=1.0)


def test_noise_has_its_deviation_and_repeats() -> None:
    grey = np.full((90, 120, 3), 128, np.uint8)
    noise = CHANGES["noise", "deviation 5"][1]
    assert noise(grey).std() == pytest.approx(5, rel=0.02)
    assert (noise(grey) == noise(grey)).all()


def test_what_is_resized_has_the_old_size_and_less_detail() -> None:
    detail = [np.abs(np.diff(PHOTO.astype(int), axis=0)).mean()]
    for share in ("90%", "70%", "50%"):
        smaller = change("resize", f"to {share} and back")
        assert smaller.shape == PHOTO.shape
        detail.append(np.abs(np.diff(smaller.astype(int), axis=0)).mean())
    assert detail == sorted(detail, reverse=True)
    assert len({change("resizer", name.lower()).tobytes() for name in changes.RESIZERS}) == 4


@pytest.mark.parametrize(("setting", "axis"), [("left to right", 1), ("upside down", 0)])
def test_flips(setting: str, axis: int) -> None:
    assert (change("flip", setting) == np.flip(PHOTO, axis)).all()


def test_photos_lie_at_even_ranks_of_quality() -> None:
    rng = np.random.default_rng(0)
    images = pd.DataFrame({"id": [f"i{k:02d}" for k in range(61)]})
    images["quality"] = rng.permutation(61).astype(float)
    chosen = images.set_index("id").loc[spread_over_quality(images, 16), "quality"]
    assert chosen.tolist() == list(range(0, 61, 4))
    assert len(spread_over_quality(images.head(3), 16)) == 3


@pytest.fixture(scope="module")
def found(run: Path, dataset: Prepared) -> Robustness:
    return robustness(run, dataset.manifest, dataset.store)


def test_the_scores_are_those_of_predict(
    found: Robustness, run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    """Other crops alone change the score as predictions with these crops differ."""
    images, _, _ = open_split(dataset.manifest, dataset.store, "test")
    chosen = spread_over_quality(images, PHOTOS)
    scores = {}
    for crops, positions in ((CROPS, "grid"), (1, "centre")):
        testing = config.Testing(crops=crops, positions=positions)
        output = tmp_path / f"{positions}.parquet"
        predict_dataset(*load_run(run), testing, dataset.manifest, dataset.store, output)
        scores[positions] = pd.read_parquet(output).set_index("id")["prediction"][chosen]
    difference = scores["centre"] - scores["grid"]
    (moved,) = [entry for entry in found.changes if entry.setting == "centre alone"]
    assert found.photos == len(chosen) == PHOTOS
    assert moved.mean == pytest.approx(difference.mean(), abs=1e-4)
    assert moved.distance == pytest.approx(difference.abs().mean(), abs=1e-4)
    assert moved.farthest == pytest.approx(difference.abs().max(), abs=1e-4)
    assert moved.distance > 0


def test_every_change_moves_and_repeats(found: Robustness, run: Path, dataset: Prepared) -> None:
    assert [(e.kind, e.setting) for e in found.changes][: len(CHANGES)] == [*CHANGES]
    assert all(e.distance > 0 for e in found.changes)
    assert all(abs(e.mean) <= e.distance <= e.farthest for e in found.changes)
    (form,) = [e for e in found.changes if e.kind == "number format"]
    assert form.setting != found.precision
    assert form.distance < max(e.distance for e in found.changes)
    assert robustness(run, dataset.manifest, dataset.store) == found


def test_what_is_compared_with_itself_does_not_move(
    run: Path, dataset: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHANGES, ("flip", "upside down"), (unchanged, unchanged))
    again = robustness(run, dataset.manifest, dataset.store)
    (moved,) = [e for e in again.changes if e.setting == "upside down"]
    assert (moved.mean, moved.farthest) == (0, 0)
