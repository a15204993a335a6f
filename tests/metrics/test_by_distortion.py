"""Errors by distortion, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from smartiqa.metrics.by_distortion import (
    UNDISTORTED,
    error_table,
    errors_of_seeds,
    labels_distortions,
    on_scale_of_labels,
    summary,
)

PREDICTIONS = pd.DataFrame(
    {
        "distortion": ["blur", "blur", "noise", None, ""],
        "level": [1.0, 2.0, 1.0, None, 0.0],
        "prediction": [40.0, 10.0, 50.0, 70.0, 60.0],
        "quality": [50.0, 30.0, 44.0, 100.0, 90.0],
    }
)
OTHER_SEED = PREDICTIONS.assign(prediction=[44.0, 10.0, 44.0, 80.0, 60.0])


def test_distortions_are_labelled_if_any_image_has_one() -> None:
    assert labels_distortions(PREDICTIONS)
    assert not labels_distortions(PREDICTIONS.iloc[3:])
    assert labels_distortions(PREDICTIONS.iloc[:1])


def test_errors_of_all_seeds_are_put_together() -> None:
    errors = errors_of_seeds([PREDICTIONS, OTHER_SEED], other_scale=False)
    assert list(errors) == ["distortion", "level", "quality", "prediction", "error"]
    assert list(errors["error"]) == [10, 20, 6, 30, 30, 6, 20, 0, 20, 30]
    assert list(errors["level"]) == [1, 2, 1, 0, 0] * 2
    assert list(errors["distortion"]) == ["blur", "blur", "noise", "", ""] * 2
    assert list(errors["quality"]) == list(PREDICTIONS["quality"]) * 2


def test_families_and_levels_have_the_mean_over_seeds() -> None:
    table = error_table(errors_of_seeds([PREDICTIONS, OTHER_SEED], other_scale=False))
    assert list(table.index) == ["blur", "noise"]
    assert list(table.columns) == [1, 2]
    assert table.loc["blur"].tolist() == [8, 20]
    assert table.loc["noise", 1] == 3
    assert np.isnan(table.loc["noise", 2])


def test_the_summary_names_families_and_undistorted_photos() -> None:
    found = summary(errors_of_seeds([PREDICTIONS, OTHER_SEED], other_scale=False))
    assert found["errors"] == {"blur": 14, "noise": 3, UNDISTORTED: 27.5}
    assert found["undistorted"] == {"prediction": 67.5, "quality": 95}


def test_without_undistorted_photos_none_are_summed_up() -> None:
    found = summary(errors_of_seeds([PREDICTIONS.iloc[:3]], other_scale=False))
    assert found == {"errors": {"blur": 15, "noise": 6}, "undistorted": None}


def test_predictions_on_another_scale_are_mapped_by_the_best_line() -> None:
    line = PREDICTIONS.assign(prediction=(PREDICTIONS["quality"] - 7) / 300)
    assert on_scale_of_labels(line)["prediction"].tolist() == pytest.approx(line["quality"])
    errors = errors_of_seeds([line], other_scale=True)
    assert errors["error"].to_numpy() == pytest.approx(0, abs=1e-9)
    assert errors_of_seeds([line], other_scale=False)["error"].min() > 20
