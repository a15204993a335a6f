"""IQA-PyTorch finds our models, and gives their scores.

It is no dependency of ours: `make test-extras` runs these tests beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import smartiqa
from smartiqa.core.errors import InputError
from smartiqa.photos import iqa_pytorch
from tiny_study import texture


@pytest.fixture
def pyiqa():
    module = pytest.importorskip("pyiqa", reason="pyiqa is not installed (make test-extras)")
    smartiqa.register_in_pyiqa()
    smartiqa.register_in_pyiqa()  # twice is once
    return module


def test_a_metric_gives_the_scores_of_the_model(pyiqa, run: Path, tmp_path: Path) -> None:
    assert "smartiqa" in pyiqa.list_models(metric_mode="NR")
    metric = pyiqa.create_metric("smartiqa", source=run, crops=6, device="cpu")
    photos = [tmp_path / f"{seed}.png" for seed in (7, 8)]
    for seed, photo in enumerate(photos, start=7):
        Image.fromarray(texture(seed, 90, 130)).save(photo)
    expected = [smartiqa.load_model(run).score(photo, 6).quality for photo in photos]
    assert [metric(str(photo)).item() for photo in photos] == pytest.approx(expected, abs=1e-4)
    batch = np.stack([np.asarray(Image.open(photo)) for photo in photos]).transpose(0, 3, 1, 2)
    scores = metric(torch.from_numpy(batch) / 255)
    assert scores.shape == (2, 1)
    assert scores[:, 0].tolist() == pytest.approx(expected, abs=1e-4)
    assert expected[0] != expected[1]
    assert not metric.lower_better


def test_a_metric_is_no_loss(pyiqa, run: Path) -> None:
    metric = pyiqa.create_metric("smartiqa", source=run, crops=1, device="cpu", as_loss=True)
    with pytest.raises(InputError, match="create it with as_loss=False"):
        metric(torch.zeros(1, 3, 90, 90, requires_grad=True))


def test_without_the_package_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iqa_pytorch, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pyiqa: not installed; pip install pyiqa"):
        smartiqa.register_in_pyiqa()
