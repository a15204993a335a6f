from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from drawing import drawn
from scipy import stats

from made_up_results import EXPERIMENTS, REFERENCES, SEEDS, TRAINING, read_predictions
from smartiqa.metrics.correlation import Array


def test_scatter_shows_the_first_seed_and_rings_its_largest_errors(results: Path) -> None:
    figure = drawn("predictions", results)
    for axes, experiment in zip(figure.axes[::5], ("C3", "A-0.3"), strict=True):
        frame = read_predictions(results, experiment, 1, TRAINING)
        points, rings = axes.collections
        assert len(points.get_offsets()) == len(frame)
        errors = np.abs(frame["prediction"] - frame["quality"]).to_numpy()
        of_each_photo = [np.argmax(errors * (frame["content"] == r)) for r in REFERENCES]
        worst = sorted(of_each_photo, key=lambda row: -errors[row])
        expected = frame[["quality", "prediction"]].to_numpy()[worst]
        np.testing.assert_allclose(rings.get_offsets(), expected)
        srcc, plcc = (
            over_seeds(results, experiment, of) for of in (stats.spearmanr, stats.pearsonr)
        )
        said = f"SRCC {srcc[0]:.3f} ({srcc.mean():.3f})\nPLCC {plcc[0]:.3f} ({plcc.mean():.3f})"
        assert axes.get_title() == f"{EXPERIMENTS[experiment][0]}\n{said}"
        thumbnails = figure.axes[figure.axes.index(axes) + 1 :][:4]
        for number, (panel, (true, said)) in enumerate(zip(thumbnails, expected, strict=True), 1):
            assert panel.get_title() == f"{number}: {true:.0f} \N{RIGHTWARDS ARROW} {said:.0f}"
            assert len(panel.images) == 1


def test_titles_are_no_wider_than_their_plots(results: Path) -> None:
    figure = drawn("predictions", results)  # wider ones reach into the thumbnails
    figure.draw_without_rendering()
    for axes in figure.axes[::5]:
        assert axes.title.get_window_extent().width <= axes.get_window_extent().width


def over_seeds(results: Path, experiment: str, correlation: Callable[..., Any]) -> Array:
    frames = [read_predictions(results, experiment, seed, TRAINING) for seed in SEEDS]
    return np.array([correlation(f["prediction"], f["quality"]).statistic for f in frames])


def test_photos_without_references_are_all_different_ones(own_results: Path) -> None:
    frame = read_predictions(own_results, "C3", 1, TRAINING)
    frame["content"] = frame.index
    frame.reset_index().to_parquet(own_results / f"runs/C3/seed1/predictions/{TRAINING}.parquet")
    rings = drawn("predictions", own_results).axes[0].collections[1].get_offsets()
    errors = (frame["prediction"] - frame["quality"]).abs()
    expected = frame.loc[errors.nlargest(4).index, ["quality", "prediction"]]
    np.testing.assert_allclose(rings, expected)


def test_a_loss_that_was_not_run_leaves_no_empty_half(without: Callable[..., Path]) -> None:
    figure = drawn("predictions", without("A-0.3"))
    assert [len(axes.images) for axes in figure.axes] == [0, *[1] * len(REFERENCES), 0, 0]
    assert all(axes.get_title().startswith(str(k)) for k, axes in enumerate(figure.axes[1:5], 1))
