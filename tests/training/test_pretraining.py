from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.random import default_rng
from safetensors.torch import load_file

from command_line import smartiqa, study_files
from smartiqa.config.backbone import FileWeights
from smartiqa.config.experiment import Model, Pretraining
from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json
from smartiqa.data.synthetic import synthesis as synthesise
from smartiqa.data.synthetic.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.synthetic.proxy_scores import proxy_scores
from smartiqa.models.backbones import FeatureBackbone, create_network, load_weights
from smartiqa.models.pretrained import prepare_weights
from smartiqa.models.quality import build_model
from smartiqa.training import pretraining as stage
from smartiqa.training.pretraining import (
    CLASSES,
    Distorted,
    DistortionReader,
    distorted_square,
    distorted_squares,
    pretrain,
    random_crops,
    random_reference,
    training_photos,
)
from tiny_study import (
    CROP,
    LONG_SIDE,
    SPLITS,
    TINY_SWIN,
    experiment,
    synthesis,
    texture,
    write_photos,
)

TRAINING = [name for name, split in SPLITS.items() if split == "train"]
SETTINGS = Pretraining(
    steps=3,
    batch_size=8,
    squares_per_photo=2,
    square=CROP,
    rate=1e-3,
    weight_decay=0.02,
    seed=5,
)


def square(photos: Path, number: int) -> Distorted:
    return distorted_square(SETTINGS, training_photos(synthesis(photos)), LONG_SIDE, number)


def test_only_training_photos_teach(photos: Path) -> None:
    assert [photo.stem for photo in training_photos(synthesis(photos))] == TRAINING


def test_equal_numbers_give_equal_squares(photos: Path) -> None:
    first, again, other = square(photos, 1), square(photos, 1), square(photos, 2)
    assert first.images.shape == (CLASSES, CROP, CROP, 3)
    assert (first.images.dtype, first.scores.shape) == (torch.uint8, (CLASSES,))
    assert all(a.equal(b) for a, b in zip(first, again, strict=True))
    assert not first.images[0].equal(other.images[0])


def test_every_photo_gives_its_squares(photos: Path) -> None:
    names = training_photos(synthesis(photos))
    made = distorted_squares(SETTINGS, names, LONG_SIDE)
    assert len(made.images) == 2 * len(names) * CLASSES
    parts = [square(photos, number).images for number in range(2 * len(names))]
    assert made.images.equal(torch.cat(parts))


def test_classes_name_family_and_severity(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Distortions that only write their number and severity show up again in the classes."""

    def writing(number: int) -> Any:
        def distort(pixels: Pixels, severity: int, _: Any) -> Pixels:
            return np.full_like(pixels, 10 * number + severity)

        return distort

    fakes = {name: writing(number) for number, name in enumerate(FAMILIES, 1)}
    monkeypatch.setattr(synthesise, "FAMILIES", fakes)
    made = square(photos, 0)
    written = [divmod(int(image[0, 0, 0]), 10) for image in made.images[1:]]
    families = range(1, len(FAMILIES) + 1)
    assert written == [(number, severity) for number in families for severity in SEVERITIES]
    assert made.classes.tolist() == list(range(CLASSES))


def test_scores_are_proxy_scores_against_the_undistorted_square(photos: Path) -> None:
    made = square(photos, 1)
    images = made.images.numpy()
    expected = [proxy_scores(images[:1], image[None])[0] for image in images]
    np.testing.assert_allclose(made.scores, expected, atol=1e-3)
    assert made.scores[0] == 100
    assert made.scores[1:].max() < 100


def test_references_are_turned_and_mirrored_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "GAINS", (1.0, 1.0))
    photo = texture(1, 20, 20)
    ways = [np.rot90(side, turns) for side in (photo, photo[:, ::-1]) for turns in range(4)]
    drawn = [random_reference(photo, 20, default_rng(seed)) for seed in range(400)]
    counts = [sum(np.array_equal(reference, way) for reference in drawn) for way in ways]
    assert sum(counts) == 400
    assert min(counts) > 25


def test_crops_start_anywhere_in_their_square() -> None:
    lines, columns = torch.meshgrid(torch.arange(30), torch.arange(30), indexing="ij")
    pixels = torch.stack([lines, columns, torch.full_like(lines, 7)], dim=-1).to(torch.uint8)
    images = torch.stack([torch.zeros_like(pixels), pixels])
    generator = torch.Generator().manual_seed(0)
    crops = random_crops(images, torch.tensor([1, 0] * 300), 20, generator)
    assert crops.shape == (600, 20, 20, 3)
    assert not crops[1::2].any()
    assert set(crops[::2, 0, 0, 0].tolist()) == set(range(11))
    assert set(crops[::2, 0, 0, 1].tolist()) == set(range(11))
    assert (crops[::2, -1, -1] - crops[::2, 0, 0] == torch.tensor([19, 19, 0])).all()


def test_brightness_stays_within_its_gains() -> None:
    flat, (low, high) = np.full((30, 30, 3), 100, np.uint8), stage.GAINS
    drawn = [random_reference(flat, 20, default_rng(seed)) for seed in range(200)]
    assert all(np.ptp(reference) == 0 for reference in drawn)
    levels = [reference[0, 0, 0] for reference in drawn]
    assert 100 * low - 1 <= min(levels) < 100 * low + 5
    assert 100 * high - 5 < max(levels) <= 100 * high
    bright = [random_reference(flat + 150, 20, default_rng(seed)).max() for seed in range(50)]
    assert max(bright) == 255
    assert min(bright) >= 250 * low - 1  # clipped, not wrapped around


def test_references_come_from_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "GAINS", (1.0, 1.0))
    rows, columns = np.mgrid[0:30, 0:40].astype(np.uint8)
    for line, room in ((rows, 10), (columns, 20)):
        photo = np.stack([line] * 3, axis=-1)
        starts = {random_reference(photo, 20, default_rng(seed)).min() for seed in range(300)}
        assert starts == set(range(room + 1))


def test_the_reader_answers_both_questions() -> None:
    reader = DistortionReader(FeatureBackbone(TINY_SWIN, CROP))
    logits, scores = reader(torch.randn(3, 3, CROP, CROP))
    assert (logits.shape, scores.shape) == ((3, CLASSES), (3,))
    assert ((scores > 0) & (scores < 100)).all()
    (logits.sum() + scores.sum()).backward()
    assert all(p.grad is not None for p in reader.parameters())


def go(photos: Path, output: Path, **changes: Any) -> Path:
    settings = SETTINGS.model_copy(update=changes)
    pretrain(settings, synthesis(photos), TINY_SWIN, CROP, output)
    return output


@pytest.fixture(scope="module")
def pretrained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return go(photos, tmp_path_factory.mktemp("pretrained") / "swin_base.safetensors")


def test_the_backbone_is_kept_in_half_precision(pretrained: Path, tmp_path: Path) -> None:
    tensors = load_file(pretrained)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    expected = create_network(TINY_SWIN, CROP, 0.0).state_dict()
    floats = {name for name, tensor in expected.items() if tensor.is_floating_point()}
    assert set(tensors) == floats
    source = FileWeights(source="file", path=pretrained, pretraining="x")
    prepare_weights(TINY_SWIN, source, CROP, tmp_path / "ready.safetensors")
    load_weights(
        build_model(Model(), TINY_SWIN, CROP).backbone.network, tmp_path / "ready.safetensors"
    )


def test_the_record_says_what_the_weights_were_made_from(pretrained: Path) -> None:
    record = read_json(pretrained.with_suffix(".json"))
    assert record["sha256"] == sha256_of(pretrained)
    assert record["photos"] == [f"{name}.jpg" for name in TRAINING]
    assert record["settings"] == SETTINGS.model_dump(mode="json")
    assert record["backbone"] == TINY_SWIN.model_dump(mode="json")
    assert record["crop"] == CROP


def test_every_tensor_is_trained(pretrained: Path, photos: Path, tmp_path: Path) -> None:
    other = go(photos, tmp_path / "a.safetensors", rate=1e-12, weight_decay=0.0)
    still, moved = (load_file(file) for file in (other, pretrained))
    changed = [name for name in moved if not moved[name].equal(still[name])]
    assert len(changed) == len(moved)


def test_photos_that_are_held_out_change_no_byte(pretrained: Path, tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos")
    for name in set(SPLITS) - set(TRAINING):
        (folder / f"{name}.jpg").unlink()
    again = go(folder, tmp_path / "swin_base.safetensors")
    assert again.read_bytes() == pretrained.read_bytes()
    assert read_json(again.with_suffix(".json")) == read_json(pretrained.with_suffix(".json"))


def test_a_loss_that_is_no_number_is_an_error(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lower the rate"):
        go(photos, tmp_path / "a.safetensors", rate=1e35)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("square", "message"),
    [(50, "50 is less than the crop, 64"), (999, "jpg is too small for squares of 999")],
)
def test_squares_hold_a_crop_and_fit_into_a_photo(
    photos: Path, tmp_path: Path, square: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        go(photos, tmp_path / "a.safetensors", square=square)


def test_a_missing_training_photo_is_named(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos")
    for name in TRAINING:
        (folder / f"{name}.jpg").unlink()
    with pytest.raises(InputError, match=r"(meadow|harbour)\.jpg does not exist"):
        go(folder, tmp_path / "a.safetensors")


def test_the_command_line_pretrains(pretrained: Path, photos: Path, tmp_path: Path) -> None:
    settings, output = SETTINGS.model_dump(), tmp_path / "swin_base.safetensors"
    photo_settings = synthesis(photos).model_dump(mode="json")
    for more in ({}, {"step": 3}):
        files = study_files(
            tmp_path,
            experiment(),
            synthesis=photo_settings,
            pretraining={"swin_base": {**settings, **more}},
        )
        if more:
            with pytest.raises(InputError, match=r"pretraining\.swin_base: unknown key 'step'"):
                smartiqa("pretrain", **files, role="swin_base", output=output)
        else:
            smartiqa("pretrain", **files, role="swin_base", output=output)
    assert output.read_bytes() == pretrained.read_bytes()
