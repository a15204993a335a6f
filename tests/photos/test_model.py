"""Photos get the numbers that the stage predict gives them, whatever they come as."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from model_configurations import formula_tensor
from PIL import ExifTags, Image
from torchvision.transforms import Resize

from smartiqa.config import experiment as config
from smartiqa.config.experiment import Model
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.data.crop_positions import grid_positions
from smartiqa.data.manifest import read_manifest
from smartiqa.data.store.building import ResizeRule, build_store
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.models.counting import published_configurations
from smartiqa.models.inference import BATCH, CropScores, score_arrays
from smartiqa.models.published import load_published
from smartiqa.models.quality import build_model
from smartiqa.photos.exporting import CropScorer
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import Decoded, PhotoModel, PhotoScore
from smartiqa.training.run import train_run
from tiny_study import CROP, Prepared, experiment, texture

RULES = [ResizeRule("none"), ResizeRule("squash", (96, 72)), ResizeRule("aspect", (70,))]
STAGES = [f"attention_{number}" for number in range(1, 5)]


class Trained(NamedTuple):
    run: Path
    store: Path
    rule: ResizeRule


@pytest.fixture(scope="module", params=RULES, ids=lambda rule: rule.kind)
def trained(
    request: pytest.FixtureRequest,
    dataset: Prepared,
    weights: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    """A run on photos that were resized by one of the rules."""
    rule: ResizeRule = request.param
    folder = tmp_path_factory.mktemp(rule.kind)
    build_store(read_manifest(dataset.manifest), dataset.root, folder / "store", rule, workers=1)
    settings = experiment(resize=rule.kind, epochs=1, batch_size=51)
    train_run(settings, 1, dataset.manifest, folder / "store", weights, folder / "run")
    return Trained(folder / "run", folder / "store", rule)


@pytest.fixture(scope="module")
def model(run: Path) -> PhotoModel:
    return load_model(run)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(texture(7, 90, 130)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def same(first: PhotoScore, second: PhotoScore) -> bool:
    return (first.quality, first.spread, first.attention) == (
        second.quality,
        second.spread,
        second.attention,
    )


def test_the_numbers_are_those_of_predict(
    trained: Trained, dataset: Prepared, tmp_path: Path
) -> None:
    crops = BATCH["cpu"]  # one photo a batch in predict too, so that not one bit may differ
    settings, network = load_run(trained.run)
    testing = config.Testing(crops=crops, positions="grid")
    output = tmp_path / "images.parquet"
    predict_dataset(settings, network, testing, dataset.manifest, trained.store, output)
    expected = pd.read_parquet(output).head(8)
    by_crop = pd.read_parquet(tmp_path / "images_crops.parquet")
    files = read_manifest(dataset.manifest).set_index("id")["file"]
    photos = [dataset.root / files[name] for name in expected["id"]]
    scores = list(load_model(trained.run).score_many(photos, crops))
    assert [score.file for score in scores] == list(map(str, photos))
    for score, row in zip(scores, expected.to_dict("records"), strict=True):
        crop = by_crop[by_crop["id"] == row["id"]]
        assert score.crop_scores.tolist() == crop["prediction"].tolist()
        assert score.crop_positions[0].tolist() == crop["top"].tolist()
        assert score.crop_positions[1].tolist() == crop["left"].tolist()
        np.testing.assert_allclose(score.quality, row["prediction"], rtol=1e-12)
        np.testing.assert_allclose(score.attention, [row[name] for name in STAGES], rtol=1e-12)
        np.testing.assert_allclose(score.spread, crop["prediction"].std(), rtol=1e-9)
    assert np.ptp([score.quality for score in scores]) > 0


def test_a_model_resizes_as_its_training_did(trained: Trained) -> None:
    assert load_model(trained.run).resize == trained.rule


def test_a_score_does_not_depend_on_the_company(
    model: PhotoModel, photo: Path, dataset: Prepared
) -> None:
    others = sorted(dataset.root.glob("images/*.png"))[:5]
    alone = model.score(photo, crops=20)
    for photos in ([photo, *others], [*others, photo]):
        scores = {score.file: score for score in model.score_many(photos, crops=20)}
        assert same(scores[str(photo)], alone)
    assert not same(scores[str(others[0])], alone)


def test_all_forms_of_a_photo_have_one_score(model: PhotoModel, photo: Path) -> None:
    image = Image.open(photo)
    pixels = np.asarray(image)
    share = (pixels / 255).astype(np.float32)
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
    expected = model.score(photo, crops=3)
    forms = [str(photo), image, pixels, share, share.astype(np.float64), tensor, tensor / 255]
    forms += [photo.read_bytes(), BytesIO(photo.read_bytes())]
    forms += [(pixels * np.uint16(257)).astype(order) for order in ("<u2", ">u2")]
    forms += [tensor.to(torch.uint16) * 257]
    for form in forms:
        assert same(model.score(form, crops=3), expected), type(form)
    assert (expected.width, expected.height, expected.problem) == (130, 90, "")


def test_an_open_file_is_a_photo_as_often_as_one_likes(model: PhotoModel, photo: Path) -> None:
    with photo.open("rb") as file:
        for _ in range(2):
            score = model.score(file, crops=3)
            assert same(score, model.score(photo, crops=3))
        (named,) = model.score_many([file], crops=3)
    assert score.file == named.file == str(photo)


def test_an_array_of_16_bits_is_what_its_png_file_is(model: PhotoModel, tmp_path: Path) -> None:
    grey = texture(3)[:, :, 0] * np.uint16(256) + np.uint16(77)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert same(model.score(grey), model.score(tmp_path / "grey.png"))
    assert not same(model.score(grey), model.score(np.zeros_like(grey)))


def test_grey_arrays_are_photos(model: PhotoModel) -> None:
    grey = texture(3)[:, :, 0]
    expected = model.score(np.stack([grey] * 3, axis=-1))
    assert same(model.score(grey), expected)
    assert same(model.score(torch.from_numpy(grey)[None]), expected)


def test_a_turned_photo_is_scored_upright_and_left_alone(
    model: PhotoModel, photo: Path, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turn it clockwise to see it upright
    Image.open(photo).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "b.png", exif=exif)
    given = Image.open(tmp_path / "b.png")
    for form in (tmp_path / "b.png", given):
        assert same(model.score(form), model.score(photo))
    assert given.size == (90, 130)


@pytest.mark.parametrize("suffix", ["bmp", "tif", "ppm", "webp", "tga", "jp2"])
def test_every_format_of_pillow_is_read(
    model: PhotoModel, photo: Path, tmp_path: Path, suffix: str
) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    Image.open(photo).save(tmp_path / f"b.{suffix}", **options)
    assert same(model.score(tmp_path / f"b.{suffix}"), model.score(photo))


@pytest.mark.parametrize(
    ("photo", "message"),
    [
        (np.zeros((90, 90, 2), np.uint8), r"of shape \(90, 90, 2\) is no photo"),
        (np.zeros((0, 90, 3), np.uint8), "is no photo"),
        (np.full((90, 90, 3), 2.0), "from 0 to 1"),
        (np.full((90, 90, 3), np.nan), "from 0 to 1"),
        (np.zeros((90, 90, 3), np.int32), "must hold uint8"),
        (torch.zeros(1, 3, 90, 90), "one at a time"),
        (
            torch.zeros(3, 90, 90, device="meta"),
            r"90, 90\) is on the device meta, so it has no val",
        ),
        (
            torch.zeros(3, 90, 90, dtype=torch.complex64).conj(),
            "must hold uint8, uint16, or floats",
        ),
        (torch.zeros(90, 90, 3), r"give \(channels, height, width\)"),
        (Image.fromarray(np.full((90, 90), 200, np.int32)), "whose white is undefined"),
        (np.zeros((63, 90, 3), np.uint8), r"\(90 x 63\) is smaller than the crops of 64 x 64"),
        ("nowhere.jpg", "^nowhere.jpg does not exist$"),
        ("https://example.org/a.jpg", "^https://example.org/a.jpg is an address; download it"),
        (Path("https://example.org/a.jpg"), "is an address"),
        (b"", "^0 bytes is not an image"),
        (BytesIO(b"%PDF-1.7"), "^BytesIO is not an image"),
    ],
)
def test_what_is_no_photo_is_named(model: PhotoModel, photo: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        model.score(photo)  # type: ignore[arg-type]
    (unscored,) = model.score_many([photo])  # type: ignore[list-item]
    assert math.isnan(unscored.quality)
    with pytest.raises(InputError, match=message):
        raise InputError(unscored.problem)


def test_a_tensor_may_be_negated_when_it_is_read(model: PhotoModel) -> None:
    values = torch.from_numpy(texture(7, 90, 90)).permute(2, 0, 1) / 255
    negated = torch.complex(values, -values).conj().imag
    assert negated.is_neg()
    assert same(model.score(negated, crops=2), model.score(values, crops=2))


def test_one_photo_is_not_several(model: PhotoModel, photo: Path) -> None:
    values = texture(7, 90, 90)
    for one, name in (
        (str(photo), str(photo)),
        (photo, str(photo)),
        (photo.read_bytes(), "bytes"),
        (BytesIO(photo.read_bytes()), "BytesIO"),
        (Image.fromarray(values), "image 90 x 90"),
        (values, r"ndarray of shape \(90, 90, 3\)"),
        (values[:, :, 0], r"ndarray of shape \(90, 90\)"),
        (torch.from_numpy(values).permute(2, 0, 1), r"tensor of shape \(3, 90, 90\)"),
        (torch.tensor(1.0), r"tensor of shape \(\)"),
        (None, "NoneType"),
        (5, "int"),
    ):
        with pytest.raises(TypeError, match=f"several photos, such as a list of them, not.*{name}"):
            next(model.score_many(one))  # type: ignore[arg-type]


def test_a_batch_is_several_photos(model: PhotoModel, photo: Path) -> None:
    values = np.stack([texture(7, 90, 90), texture(8, 90, 90)])
    for batch in (values, torch.from_numpy(values).permute(0, 3, 1, 2)):
        first, second = model.score_many(batch, crops=2)
        assert same(first, model.score(values[0], crops=2))
        assert same(second, model.score(values[1], crops=2))
    (named,) = model.score_many(np.array([str(photo)]), crops=2)
    assert same(named, model.score(photo, crops=2))


def test_among_many_what_is_no_photo_costs_the_others_nothing(
    model: PhotoModel, photo: Path
) -> None:
    scores = list(model.score_many([photo, None, 5, photo], crops=2))  # type: ignore[list-item]
    assert [score.file for score in scores] == [str(photo), "NoneType", "int", str(photo)]
    assert scores[1].problem.endswith("an array or a tensor, not NoneType")
    assert same(scores[0], scores[3])
    assert scores[3].problem == ""


def test_a_number_of_crops_is_whole_and_bounded(model: PhotoModel, photo: Path) -> None:
    for crops in (0, -1, 10_001, 2.5, "3"):
        with pytest.raises(InputError, match=f"^{crops!r} crops .* from 1 to 10,000$"):
            model.score(photo, crops=crops)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="from 1 to 10,000"):
            next(model.score_many([photo], crops=crops))  # type: ignore[arg-type]
    assert len(model.score(photo, crops=np.int64(3)).crop_scores) == 3
    assert math.isnan(model.score(photo, crops=1).spread)


def test_crops_that_lie_at_one_place_are_computed_once(
    model: PhotoModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []

    def counting(network: Any, backbone: Any, crops: list[Any], precision: Any) -> CropScores:
        computed.append(len(crops))
        return score_arrays(network, backbone, crops, precision)

    monkeypatch.setattr("smartiqa.photos.model.score_arrays", counting)
    score = model.score(texture(5, CROP + 1, CROP + 1), crops=50)
    assert computed == [4]
    assert len(score.crop_scores) == 50
    by_place: dict[tuple[int, int], set[float]] = {}
    for top, left, value in zip(*score.crop_positions, score.crop_scores, strict=True):
        by_place.setdefault((int(top), int(left)), set()).add(float(value))
    assert sorted(by_place) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert all(len(values) == 1 for values in by_place.values())
    assert len(set.union(*by_place.values())) == 4


def test_photos_are_read_only_shortly_before_they_are_scored(
    model: PhotoModel, photo: Path
) -> None:
    asked = 0

    def photos() -> Iterator[Path]:
        nonlocal asked
        for _ in range(50):
            asked += 1
            yield photo

    scores = model.score_many(photos(), crops=1)
    for scored in range(1, 4):
        next(scores)
        assert asked <= scored + 4
    scores.close()
    assert asked < 10


def test_a_user_can_still_train_between_two_photos(model: PhotoModel, photo: Path) -> None:
    for _ in model.score_many([photo, photo], crops=1):
        weight = torch.ones(1, requires_grad=True)
        (weight * 2).sum().backward()
        assert weight.grad is not None


@pytest.mark.parametrize("gate", ["none", "squeeze_excitation"])
def test_a_model_without_a_gate_over_stages_has_no_attention(
    dataset: Prepared, weights: Path, tmp_path: Path, photo: Path, gate: Any
) -> None:
    settings = experiment(Model(gate=gate), epochs=1, batch_size=102)
    train_run(settings, 1, dataset.manifest, dataset.store, weights, tmp_path / "run")
    model = load_model(tmp_path / "run")
    assert model.stages == 0
    assert model.score(photo, crops=2).attention == ()
    crops = torch.zeros(1, CROP, CROP, 3, dtype=torch.uint8)
    assert len(CropScorer(model).eval()(crops)) == 1


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint like those of SMART-IQA's authors, under the names that they use."""
    import json

    reference = Path(__file__).parents[1] / "models" / "reference"
    text = (reference / "smart_swin_tiny_multiscale_attention.json").read_text()
    state = {name: formula_tensor(name, shape) for name, shape in json.loads(text)["state"].items()}
    path = tmp_path_factory.mktemp("released") / "checkpoint.pth"
    torch.save(state, path)
    return path


def test_a_released_checkpoint_scores_as_published(released: Path, photo: Path) -> None:
    model = load_model(released)
    assert model.description.startswith("SMART-Tiny, the checkpoint checkpoint.pth;")
    score = model.score(photo, crops=2)
    settings, backbone = published_configurations()["SMART-Tiny"]
    plain = build_model(settings, backbone, 224)
    load_published(plain, released)
    pixels = np.asarray(Resize((512, 384))(Image.open(photo))) / 255
    images = ((pixels - backbone.mean) / backbone.std).transpose(2, 0, 1).astype(np.float32)
    tops, lefts = grid_positions(np.array([[512, 384]]), 224, 2)
    crops = [images[:, t : t + 224, x : x + 224] for t, x in zip(tops, lefts, strict=True)]
    with torch.inference_mode():
        expected = plain.eval()(torch.from_numpy(np.stack(crops)))
    np.testing.assert_allclose(score.crop_scores, expected.scores, rtol=1e-4)
    np.testing.assert_allclose(score.attention, expected.attention.mean(0), rtol=1e-4)


def test_of_what_is_nearly_a_checkpoint_the_nearest_is_named(
    released: Path, tmp_path: Path
) -> None:
    state = torch.load(released, weights_only=True)
    del state["conv1.0.bias"]
    torch.save({"params": {f"module.{name}": state[name] for name in state}}, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"the nearest is SMART-Tiny: missing conv1\.0\.bias$"):
        load_model(tmp_path / "a.pth")


def calibrated(run: Path, half_width: float | None, images: int = 153) -> Path:
    record = {"level": 0.9, "images": images, "contents": 3, "crops": 4, "half_width": half_width}
    write_json(run / "calibration.json", record)
    return run


def test_a_calibrated_run_gives_every_photo_an_interval(
    trained: Trained, photo: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(trained.run, tmp_path / "copy"))
    model = load_model(calibrated(copy, 0.5))
    score = model.score(photo, crops=1)
    assert (score.interval_low, score.interval_high) == (
        max(score.quality - 0.5, 0),
        score.quality + 0.5,
    )
    assert "0.5 holds the label of a photo (on 0 to 100) with 90%" in model.margin.said
    assert "153 validation images (3 contents)" in model.margin.said
    wide = load_model(calibrated(copy, 99.9)).score(photo)
    assert len(wide.crop_scores) == 4  # as many as the interval is of
    assert (wide.interval_low, wide.interval_high) == (0, 100)
    (broken,) = model.score_many(["nowhere.png"])
    assert math.isnan(broken.interval_low)
    assert math.isnan(broken.interval_high)


def test_without_a_margin_the_model_says_why(
    run: Path, released: Path, photo: Path, tmp_path: Path
) -> None:
    few = calibrated(Path(shutil.copytree(run, tmp_path / "few")), None, 8)
    for source, reason in (
        (run, f"none: {run} is not calibrated"),
        (few, "none: 8 validation images are too few at 90%; it takes 9"),
        (released, "none: a released checkpoint comes without validation images"),
    ):
        model = load_model(source)
        assert model.margin.said.startswith(reason)
        assert math.isnan(model.score(photo, crops=1).interval_low)
        assert model.usual_crops == 20


def test_another_file_is_no_checkpoint(run: Path, photo: Path) -> None:
    with pytest.raises(InputError, match=r"best\.safetensors is no checkpoint of a published"):
        load_model(run / "best.safetensors")
    with pytest.raises(InputError, match=r"photo\.png: not a checkpoint"):
        load_model(photo)
    with pytest.raises(InputError, match="nowhere does not exist; give a run"):
        load_model(photo.parent / "nowhere")


def test_the_crop_is_the_training_s(model: PhotoModel) -> None:
    assert model.crop == CROP


@pytest.mark.parametrize(("quality", "ends"), [(50, (30, 70)), (112, (92, 112)), (-30, (-30, 0))])
def test_an_interval_is_cut_but_holds_its_quality(
    quality: float, ends: tuple[float, float]
) -> None:
    decoded = Decoded(texture(1, 64, 64), (64, 64))
    positions = (np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    score = PhotoScore.of("a", decoded, CropScores(np.array([quality]), None), positions, 20)
    assert (score.interval_low, score.interval_high) == ends


def test_what_is_no_photo_is_told(model: PhotoModel, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a photo is a path, its bytes, a Pillow image"):
        model.score(5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is a folder; give a photo, or `score_many` the files"):
        model.score(tmp_path)
