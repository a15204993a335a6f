from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.random import default_rng
from safetensors.torch import load_file

from smartiqa import pretrain as stage
from smartiqa.config import FileWeights, Model, Pretraining
from smartiqa.data.distortions import FAMILIES, SEVERITIES, Pixels
from smartiqa.data.proxy_scores import proxy_scores
from smartiqa.errors import InputError
from smartiqa.files import read_json, sha256_of
from smartiqa.models.backbones import FeatureBackbone, create_network
from smartiqa.models.quality import build_model, load_backbone_weights
from smartiqa.pretrain import (
    CLASSES,
    DistortedCrops,
    DistortionReader,
    pretrain,
    random_reference,
    training_photos,
)
from smartiqa.weights import prepare_weights
from tiny_study import CROP, LONG_SIDE, SPLITS, TINY_SWIN, synthesis, texture, write_photos

TRAINING = [name for name, split in SPLITS.items() if split == "train"]
SETTINGS = Pretraining(
    backbones=("swin_base",),
    steps=3,
    batch_size=8,
    photos_per_batch=2,
    rate=1e-3,
    weight_decay=0.02,
    seed=5,
)


@pytest.fixture
def crops(photos: Path) -> DistortedCrops:
    return DistortedCrops(SETTINGS, training_photos(synthesis(photos)), LONG_SIDE, CROP)


def test_only_training_photos_teach(photos: Path) -> None:
    assert [photo.stem for photo in training_photos(synthesis(photos))] == TRAINING


def test_equal_steps_give_equal_batches(crops: DistortedCrops) -> None:
    assert len(crops) == 3
    first, again, other = crops[1], crops[1], crops[2]
    assert first.crops.shape == (8, CROP, CROP, 3)
    assert (first.crops.dtype, first.classes.shape) == (torch.uint8, (8,))
    assert all(a.equal(b) for a, b in zip(first, again, strict=True))
    assert not first.crops.equal(other.crops)
    assert not first.crops[:4].equal(first.crops[4:])  # of two photos, or two places


def test_classes_name_family_and_severity(
    crops: DistortedCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distortions that only write their number and severity show up again in the classes."""

    def writing(number: int) -> Any:
        def distort(pixels: Pixels, severity: int, _: Any) -> Pixels:
            return np.full_like(pixels, 10 * number + severity)

        return distort

    fakes = {name: writing(number) for number, name in enumerate(FAMILIES, 1)}
    monkeypatch.setattr(stage, "FAMILIES", fakes)
    seen = set()
    for step in range(20):
        batch = crops[step]
        for crop, label in zip(batch.crops.numpy(), batch.classes.tolist(), strict=True):
            if label:
                number, severity = divmod(int(crop[0, 0, 0]), 10)
                assert label == 1 + 5 * (number - 1) + (severity - 1)
                seen.add(number)
    assert len(seen) == len(FAMILIES)
    assert len(FAMILIES) * len(SEVERITIES) + 1 == CLASSES


def test_scores_are_proxy_scores_against_the_undistorted_crop(
    crops: DistortedCrops, monkeypatch: pytest.MonkeyPatch
) -> None:
    references: list[Pixels] = []

    def kept(*arguments: Any) -> Pixels:
        references.append(random_reference(*arguments))
        return references[-1]

    monkeypatch.setattr(stage, "random_reference", kept)
    labels = []
    for step in range(10):
        batch = crops[step]
        expected = proxy_scores(np.stack(references), batch.crops.numpy())
        np.testing.assert_allclose(batch.scores, expected, atol=1e-4)
        undistorted = (batch.classes == 0).numpy()
        assert (batch.scores.numpy()[undistorted] == 100).all()
        labels += batch.classes.tolist()
        references.clear()
    assert 0 in labels


def test_half_of_the_references_are_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "GAINS", (1.0, 1.0))
    photo = texture(1, 20, 20)
    drawn = [random_reference(photo, 20, default_rng(seed)) for seed in range(200)]
    plain = sum(np.array_equal(reference, photo) for reference in drawn)
    mirrored = sum(np.array_equal(reference, photo[:, ::-1]) for reference in drawn)
    assert plain + mirrored == 200
    assert 70 < mirrored < 130


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


def test_crops_come_from_everywhere() -> None:
    rows, columns = np.mgrid[0:30, 0:40].astype(np.uint8)
    photo = np.stack([rows, rows, rows], axis=-1), np.stack([columns] * 3, axis=-1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "GAINS", (1.0, 1.0))
        for pixels, room in zip(photo, (10, 20), strict=True):
            starts = {random_reference(pixels, 20, default_rng(s)).min() for s in range(300)}
            assert starts == set(range(room + 1))


def test_the_reader_answers_both_questions() -> None:
    reader = DistortionReader(FeatureBackbone(TINY_SWIN, CROP))
    logits, scores = reader(torch.randn(3, 3, CROP, CROP))
    assert (logits.shape, scores.shape) == ((3, CLASSES), (3,))
    assert ((scores > 0) & (scores < 100)).all()
    (logits.sum() + scores.sum()).backward()
    assert all(p.grad is not None for p in reader.parameters())


def go(photos: Path, output: Path, workers: int = 0, **changes: Any) -> Path:
    settings = SETTINGS.model_copy(update=changes)
    pretrain(settings, synthesis(photos), TINY_SWIN, CROP, workers, output)
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
    load_backbone_weights(build_model(Model(), TINY_SWIN, CROP), tmp_path / "ready.safetensors")


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


# From Python 3.12 on, starting a worker while a thread runs warns; the worker starts no thread.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_photos_that_are_held_out_and_workers_change_no_byte(
    pretrained: Path, tmp_path: Path
) -> None:
    folder = write_photos(tmp_path / "photos")
    for name in set(SPLITS) - set(TRAINING):
        (folder / f"{name}.jpg").unlink()
    again = go(folder, tmp_path / "swin_base.safetensors", workers=1)
    assert again.read_bytes() == pretrained.read_bytes()
    assert read_json(again.with_suffix(".json")) == read_json(pretrained.with_suffix(".json"))


def test_a_loss_that_is_no_number_is_an_error(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lower the rate"):
        go(photos, tmp_path / "a.safetensors", rate=1e35)
    assert not list(tmp_path.iterdir())


def test_a_missing_training_photo_is_named(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos")
    for name in TRAINING:
        (folder / f"{name}.jpg").unlink()
    with pytest.raises(InputError, match=r"(meadow|harbour)\.jpg does not exist"):
        go(folder, tmp_path / "a.safetensors")


def test_the_command_line_pretrains(
    pretrained: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "settings": SETTINGS.model_dump_json(),
        "synthesis": synthesis(photos).model_dump_json(),
        "backbone": TINY_SWIN.model_dump_json(),
        "crop": CROP,
        "workers": 0,
        "output": tmp_path / "swin_base.safetensors",
    }
    arguments = [f"--{name}={value}" for name, value in given.items()]
    monkeypatch.setattr(sys, "argv", ["smartiqa pretrain", *arguments])
    stage.main()
    assert (tmp_path / "swin_base.safetensors").read_bytes() == pretrained.read_bytes()
    wrong = json.dumps({**SETTINGS.model_dump(), "step": 3})
    monkeypatch.setattr(sys, "argv", ["smartiqa pretrain", *arguments, f"--settings={wrong}"])
    with pytest.raises(InputError, match=r"--settings: top level: unknown key 'step'"):
        stage.main()
