from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawing import cells, drawn, texts
from scipy import stats

from made_up_results import (
    ABLATION,
    DATASETS,
    EXPERIMENTS,
    FAMILIES,
    LEVELS,
    SEEDS,
    TRAINING,
    read_predictions,
)
from smartiqa.core.errors import InputError


def test_cells_are_mean_absolute_errors_over_images_and_seeds(results: Path) -> None:
    figure = drawn("distortion_errors", results)
    rows = [label.get_text().replace(" ", "_") for label in figure.axes[0].get_yticklabels()]
    assert sorted(rows) == sorted(FAMILIES)
    for axes, experiment in zip(figure.axes, ABLATION, strict=False):
        frame = pd.concat([read_predictions(results, experiment, seed, TRAINING) for seed in SEEDS])
        error = (frame["prediction"] - frame["quality"]).abs()
        expected = [
            [error[(frame["distortion"] == f) & (frame["level"] == n)].mean() for n in LEVELS]
            for f in rows
        ]
        np.testing.assert_allclose(axes.images[0].get_array(), expected)
        assert cells(axes) == [f"{value:.0f}" for value in np.ravel(expected)]
        pristine = error[frame["level"] == 0].mean()
        assert axes.get_title() == f"{EXPERIMENTS[experiment][0]}\nundistorted: {pristine:.1f}"


def test_the_hardest_family_comes_first(results: Path) -> None:
    panels = drawn("distortion_errors", results).axes[: len(ABLATION)]
    means = np.mean([axes.images[0].get_array().mean(axis=1) for axes in panels], axis=0)
    assert list(means) == sorted(means, reverse=True)


def relabel(folder: Path, dataset: str, labels: pd.DataFrame) -> None:
    for experiment in ABLATION:
        for seed in SEEDS:
            path = folder / f"runs/{experiment}/seed{seed}/predictions/{dataset}.parquet"
            frame = pd.read_parquet(path)
            frame[["distortion", "level"]] = labels[: len(frame)].to_numpy()
            frame["prediction"] = 7 + frame["prediction"] / 3  # another scale
            frame.to_parquet(path)


def test_other_datasets_stand_in_on_their_own_scale(own_results: Path) -> None:
    none = pd.DataFrame({"distortion": [""] * 99, "level": [np.nan] * 99})
    some = pd.DataFrame({"distortion": ["haze", "rain"] * 20, "level": [1, 1, 2, 2] * 10})
    relabel(own_results, TRAINING, none)
    with pytest.raises(InputError, match="labels its distortions"):
        drawn("distortion_errors", own_results)
    relabel(own_results, "outdoor", some)
    figure = drawn("distortion_errors", own_results)
    errors = []
    for seed in SEEDS:
        frame = read_predictions(own_results, "C0", seed, "outdoor")
        fit = stats.linregress(frame["prediction"], frame["quality"])
        mapped = fit.intercept + fit.slope * frame["prediction"]
        errors.append((mapped - frame["quality"]).abs()[frame["distortion"] == "rain"])
    rain = [t.get_text() for t in figure.axes[0].get_yticklabels()].index("rain")
    level_1 = [error[frame["level"] == 1].mean() for error in errors]
    shown = figure.axes[0].images[0].get_array()[rain, 0]
    assert shown == pytest.approx(np.mean(level_1))
    note = f"Images of {DATASETS['outdoor']}; predictions mapped to its scale by a straight line."
    assert any(textwrap.fill(note, 500) == text.replace("\n", " ") for text in texts(figure))
