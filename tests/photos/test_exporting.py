"""The exported file scores photos as the model does, in a library that knows nothing of us."""

from __future__ import annotations

import json
import logging
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from smartiqa.core.errors import InputError
from smartiqa.data.crop_positions import grid_positions
from smartiqa.photos import exporting
from smartiqa.photos.exporting import export_model
from smartiqa.photos.loading import load_model
from tiny_study import CROP, texture


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("exported") / "model.onnx"
    said: list[logging.LogRecord] = []
    listener = logging.Handler(logging.INFO)
    listener.emit = said.append  # type: ignore[method-assign]
    before = logging.root.level
    logging.root.addHandler(listener)
    logging.root.setLevel(logging.INFO)  # as the command line has it
    try:
        export_model(run, file)
    finally:
        logging.root.removeHandler(listener)
        logging.root.setLevel(before)
    assert [record.getMessage() for record in said] == []
    return file


@pytest.mark.parametrize("crops", [1, 2, 5, 12])
def test_onnx_runtime_gives_the_scores_of_a_photo(
    run: Path, exported: Path, tmp_path: Path, crops: int
) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(texture(7, 90, 130)).save(photo)
    expected = load_model(run).score(photo, crops)
    with Image.open(photo) as image:
        pixels = np.asarray(image)
    tops, lefts = grid_positions(np.array([pixels.shape[:2]]), CROP, crops)
    cut = [pixels[t : t + CROP, x : x + CROP] for t, x in zip(tops, lefts, strict=True)]
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    quality, attention = session.run(None, {"crops": np.stack(cut)})
    assert quality == pytest.approx(expected.crop_scores, abs=1e-3)
    assert attention.mean(axis=0) == pytest.approx(expected.attention, abs=1e-5)


def test_the_file_says_what_is_left_to_do(exported: Path) -> None:
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["resize"]) == {"kind": "none", "size": []}
    assert told["crop"] == str(CROP)
    assert told["crops"].startswith("20, evenly spread")
    assert told["positions"].startswith("n crops of side c")
    (given,) = session.get_inputs()
    assert (given.name, given.type, given.shape[1:]) == ("crops", "tensor(uint8)", [CROP, CROP, 3])


def places(room: int, count: int) -> list[int]:
    if count == 1:
        return [math.floor(room / 2)]
    return [math.floor(Fraction(k * room, count - 1)) for k in range(count)]


@pytest.mark.parametrize("n", [1, 2, 7, 20])
@pytest.mark.parametrize("size", [(64, 64), (90, 130), (4000, 65), (385, 512)])
def test_crops_lie_where_the_file_says(size: tuple[int, int], n: int) -> None:
    (h, w), c = size, CROP
    rows = min(n, max(1, round(math.sqrt(n * (h - c + 1) / (w - c + 1)))))
    expected = [
        (top, left)
        for i, top in enumerate(places(h - c, rows))
        for left in places(w - c, (i + 1) * n // rows - i * n // rows)
    ]
    assert list(zip(*grid_positions(np.array([size]), c, n), strict=True)) == expected


def test_a_file_that_scores_otherwise_is_not_left_behind(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced = exporting.torch.onnx.export

    def other(scorer: exporting.CropScorer, *given: object, **more: object) -> object:
        program = traced(scorer, *given, **more)
        scorer.mean = scorer.mean + 0.1
        return program

    monkeypatch.setattr(exporting.torch.onnx, "export", other)
    with pytest.raises(InputError, match="away from PyTorch"):
        export_model(run, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_missing_packages_are_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if "onnx" in name else name)
    with pytest.raises(InputError, match=r"pip install 'smartiqa\[export\]'"):
        export_model(run, tmp_path / "model.onnx")
