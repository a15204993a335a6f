"""Heat maps and contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smartiqa.core.errors import InputError
from smartiqa.photos import heat_map
from smartiqa.photos.heat_map import MOST_CROPS, dense_positions, draw_heat_map, quality_map
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel
from smartiqa.photos.sheet import (
    CAPTION,
    MARGIN,
    MOST_PHOTOS,
    THUMBNAIL,
    TITLE,
    Ranked,
    check_sheet,
    draw_sheet,
)
from tiny_study import CROP, texture

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


@pytest.fixture(scope="module")
def model(run: Path) -> PhotoModel:
    return load_model(run)


@pytest.mark.parametrize("size", [(64, 64), (65, 300), (2000, 3000), (100, 9000)])
def test_the_crops_of_a_heat_map_reach_every_pixel(size: tuple[int, int]) -> None:
    tops, lefts = dense_positions(*size, CROP)
    reached = np.zeros(size, dtype=bool)
    for top, left in zip(tops, lefts, strict=True):
        reached[top : top + CROP, left : left + CROP] = True
        assert top + CROP <= size[0]
        assert left + CROP <= size[1]
    assert reached.all()
    tiles = -(-size[0] // CROP) * -(-size[1] // CROP)
    assert len(tops) <= max(MOST_CROPS, tiles)


def test_a_heat_map_has_the_scores_of_the_crops_around_each_point(model: PhotoModel) -> None:
    pixels = texture(5, CROP, CROP + CROP // 2)
    scores = quality_map(model, pixels)
    lefts = np.array([0, CROP // 4, CROP // 2])
    by_crop = model.score_crops(pixels, (np.zeros(3, dtype=np.int64), lefts)).scores
    assert scores.shape == (CROP, CROP + CROP // 2)
    assert np.ptp(by_crop) > 0
    np.testing.assert_allclose(scores[:, 0], by_crop[0])
    np.testing.assert_allclose(scores[:, -1], by_crop[2])
    middle = CROP * 3 // 4  # right of the centres of crop 0 and 1, left of that of crop 2
    weights = np.array([CROP - middle, CROP - (middle - lefts[1]), middle - lefts[2] + 1])
    np.testing.assert_allclose(scores[:, middle], (weights * by_crop).sum() / weights.sum())


def test_a_heat_map_shows_the_photo_beside_it(model: PhotoModel, tmp_path: Path) -> None:
    Image.new("RGB", (150, 100), RED).save(tmp_path / "a.png")
    draw_heat_map(model, tmp_path / "a.png", "$a_1: 50", tmp_path / "map.png")
    drawn = np.asarray(Image.open(tmp_path / "map.png").convert("RGB"))
    red = (drawn == RED).all(axis=2)
    rows, columns = red.any(axis=1).sum(), red.any(axis=0).sum()
    assert columns / rows == pytest.approx(1.5, rel=0.03)
    assert red[:, drawn.shape[1] // 2 :].sum() == 0
    right = drawn[drawn.shape[0] // 2, drawn.shape[1] * 3 // 5].tolist()
    assert right not in ([255, 255, 255], list(RED))


def test_heat_maps_of_all_photos_have_one_scale(
    model: PhotoModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (CROP, CROP), RED).save(tmp_path / "a.png")
    drawn = []
    for quality in (20.0, 80.0):  # of flat maps, which a scale of their own would draw alike
        flat = np.full((CROP, CROP), quality)
        monkeypatch.setattr(heat_map, "quality_map", lambda *_, flat=flat: flat)
        draw_heat_map(model, tmp_path / "a.png", "a", tmp_path / "map.png")
        drawn.append(np.asarray(Image.open(tmp_path / "map.png").convert("RGB")))
    row, column = drawn[0].shape[0] // 2, drawn[0].shape[1] * 3 // 5
    assert drawn[0][row, column].tolist() != drawn[1][row, column].tolist()


def colour_at(sheet: Image.Image, place: int, across: int) -> tuple[int, ...]:
    row, column = divmod(place, across)
    left = MARGIN + column * (THUMBNAIL[0] + MARGIN) + 20
    top = TITLE + row * (THUMBNAIL[1] + CAPTION + MARGIN) + THUMBNAIL[1] // 2
    colour = sheet.getpixel((left, top))
    assert isinstance(colour, tuple)
    return colour


def test_a_sheet_goes_from_the_best_to_the_worst(tmp_path: Path) -> None:
    ranked = []
    for colour, quality in ((GREEN, 50.0), (BLUE, 9.0), (RED, 91.0)):
        path = tmp_path / f"{quality}.png"
        Image.new("RGB", (400, 300), colour).save(path)
        ranked.append(Ranked(quality, 1.0, str(path)))
    draw_sheet(ranked, "three photos", tmp_path / "sheet.png")
    sheet = Image.open(tmp_path / "sheet.png")
    assert [colour_at(sheet, place, 3) for place in range(3)] == [RED, GREEN, BLUE]


def test_a_sheet_of_many_has_the_best_and_the_worst(tmp_path: Path) -> None:
    for name, colour in (("good", RED), ("middling", GREEN), ("bad", BLUE)):
        Image.new("RGB", (400, 300), colour).save(tmp_path / f"{name}.png")
    half = MOST_PHOTOS // 2
    counts = {"middling": (50, 7), "good": (90, half), "bad": (5, half)}
    ranked = [
        Ranked(quality, float("nan"), str(tmp_path / f"{name}.png"))
        for name, (quality, count) in counts.items()
        for _ in range(count)
    ]
    draw_sheet(ranked, "many", tmp_path / "sheet.png")
    sheet = Image.open(tmp_path / "sheet.png")
    across = int(np.ceil(np.sqrt(MOST_PHOTOS)))
    colours = [colour_at(sheet, place, across) for place in range(MOST_PHOTOS)]
    assert colours == [RED] * half + [BLUE] * half


@pytest.mark.parametrize("name", ["sheet", "sheet.txt", "sheet.svg", "nowhere/sheet.png"])
def test_a_sheet_that_cannot_be_written_is_named_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="sheet"):
        check_sheet(tmp_path / name)
    check_sheet(tmp_path / "sheet.png")
