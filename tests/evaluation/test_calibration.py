"""Intervals of a run: from the errors on validation images to the coverage on test images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartiqa.config import experiment as config
from smartiqa.core.errors import InputError
from smartiqa.evaluation.calibration import calibrate_run
from smartiqa.evaluation.coverage import held_within, share_with_interval
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.metrics.inference import Runs, contrast
from smartiqa.metrics.jackknife import content_groups, jackknife
from smartiqa.results.records import Calibration, read_record
from tiny_study import SPLITS, Prepared

TESTING = config.Testing(crops=3, positions="random")


@pytest.fixture(scope="module")
def calibrated(run: Path, dataset: Prepared, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("calibrated")
    calibrate_run(run, "C3", TESTING, dataset.manifest, dataset.store, folder)
    return folder


def test_the_margin_comes_from_the_errors_on_validation_images(
    calibrated: Path, dataset: Prepared
) -> None:
    record = read_record(Calibration, calibrated / "calibration.json")
    images = pd.read_parquet(calibrated / "validation.parquet")
    frame = pd.read_parquet(dataset.manifest)
    assert images["id"].tolist() == frame.loc[frame["split"] == "validation", "id"].tolist()
    assert set(images["content"]) == {n for n, split in SPLITS.items() if split == "validation"}
    errors = sorted(abs(images["prediction"] - images["quality"]))
    assert record.half_width == errors[int(np.ceil(0.9 * (len(errors) + 1))) - 1]
    assert record.images == len(errors)
    assert (record.level, record.contents, record.crops) == (0.9, images["content"].nunique(), 3)


def test_the_images_are_scored_as_test_images_are(
    calibrated: Path, run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    swapped = frame["split"].replace({"validation": "test", "test": "validation"})
    frame.assign(split=swapped).to_parquet(tmp_path / "manifest.parquet")
    output = tmp_path / "o.parquet"
    predict_dataset(*load_run(run), TESTING, tmp_path / "manifest.parquet", dataset.store, output)
    pd.testing.assert_frame_equal(
        pd.read_parquet(output), pd.read_parquet(calibrated / "validation.parquet")
    )


@pytest.mark.parametrize(("left", "ends"), [(8, False), (9, True)])
def test_of_too_few_images_there_is_no_margin(
    left: int, ends: bool, run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    more = frame.index[frame["split"] == "validation"][left:]
    frame.loc[more, "split"] = "train"
    frame.to_parquet(tmp_path / "manifest.parquet")
    calibrate_run(run, "C3", TESTING, tmp_path / "manifest.parquet", dataset.store, tmp_path)
    record = read_record(Calibration, tmp_path / "calibration.json")
    assert (record.half_width is not None) is ends
    assert record.images == left


def test_without_validation_images_nothing_is_written(
    run: Path, dataset: Prepared, tmp_path: Path
) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame = frame.assign(split=frame["split"].replace("validation", "train"))
    frame.to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match="no image belongs to the split 'validation'"):
        calibrate_run(run, "C3", TESTING, tmp_path / "manifest.parquet", dataset.store, tmp_path)
    assert [path.name for path in tmp_path.glob("*.*")] == ["manifest.parquet"]


def test_a_share_is_that_of_the_images_within_the_margin() -> None:
    truth = np.array([10.0, 20, 30, 40, 99])
    predictions = np.array([12.0, 25, 30, 46, 110])
    found = jackknife(held_within(5), predictions, truth, content_groups(list("aabbc"), 9, 1))
    assert found.value == pytest.approx(3 / 5)
    assert found.left_out.tolist() == pytest.approx([1 / 3, 2 / 3, 3 / 4])


@pytest.mark.parametrize(("held", "low", "high"), [(1.0, 0.6915, 1.0), (0.0, 0.0, 0.3085)])
def test_a_share_of_all_or_none_is_not_certain(held: float, low: float, high: float) -> None:
    found = share_with_interval(Runs(np.full(3, held), np.full((3, 10), held)))
    # the rule for x = n: (alpha / 2) to the power 1 / n, here of ten contents
    assert (found.value, found.low, found.high) == pytest.approx((held, low, high), abs=1e-4)


def test_a_share_in_between_has_the_interval_of_the_jackknife() -> None:
    left_out = np.array([[0.6, 0.8, 0.7, 0.5, 0.7]])
    found = share_with_interval(Runs(np.array([0.66]), left_out))
    share = contrast([Runs(np.array([0.66]), left_out)], [1]).interval()
    assert (found.low, found.high) == (share.low, min(share.high, 1))
    assert found.low < 0.66 < found.high
