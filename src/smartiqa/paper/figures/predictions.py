"""Predicted against true score for two losses, with the largest errors as thumbnails.

The full model trains with L1, its counterpart with a ranking loss beside it. Each panel shows the
first seed's predictions for the test images, not a mean over seeds, which would flatter a single
model. Of the distorted versions of one photo only the worst is a thumbnail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.metrics.measures import Measure
from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import (
    BLUE,
    GREY,
    NOTE_SIZE,
    PAGE_WIDTH,
    VERMILLION,
    hide_frame,
    new_figure,
)

NEEDS = (
    "paper.json",
    "runs/{drawn}/seed{first_seed}/predictions/{training_dataset}.parquet",
    "data/{training_dataset}/manifest.parquet",
    "data/{training_dataset}/store-{resize}/index.parquet",
    "data/{training_dataset}/store-{resize}/store.json",
)
WIDTH = PAGE_WIDTH
LAYOUTS = {1: "abcd;aefg", 2: "aabc;aade"}  # for one or two runs: a is the scatter plot
NUMBER_OFFSETS = 2 * ((4, 2), (-8, 2), (4, -8), (-8, -8))  # points; neighbours do not collide


def draw(results: Path) -> Figure:
    """Draw, side by side, each loss's scatter plot and the images with the largest errors."""
    data = FigureData.open(results)
    runs = data.run_among(data.paper.roles.drawn, "drawn")
    figure = new_figure(WIDTH, 2.3)
    parts = figure.subfigures(1, len(runs), squeeze=False)[0]
    frames = [
        data.predictions(run, data.seeds(run)[0], data.training_dataset).sort_index()
        for run in runs
    ]
    limits = common_limits(frames)
    for part, run, frame in zip(parts, runs, frames, strict=True):
        panels: Any = part.subplot_mosaic(LAYOUTS[len(runs)])
        scatter = panels.pop("a")
        worst = largest_errors(frame, len(panels))
        draw_scatter(scatter, frame, worst)
        scatter.set(xlim=limits, ylim=limits, aspect="equal")
        scatter.set(xlabel=data.quality_name, ylabel="predicted quality")
        scatter.set_title(f"{data.title(run)}\n{agreement(data, run)}", fontsize=7)
        draw_thumbnails(list(panels.values()), data, worst)
    return figure


def common_limits(frames: list[pd.DataFrame]) -> tuple[float, float]:
    """Return limits that hold all true and predicted scores, with a margin."""
    scores = np.concatenate(
        [frame[["quality", "prediction"]].to_numpy().ravel() for frame in frames]
    )
    margin = 0.06 * float(np.ptp(scores))
    return float(scores.min()) - margin, float(scores.max()) + margin


def draw_thumbnails(panels: list[Axes], data: FigureData, worst: pd.DataFrame) -> None:
    """Draw each image of `worst` with its number, true and predicted score."""
    photos = data.photos(data.training_dataset, list(worst.index))
    scores = worst[["quality", "prediction"]].to_numpy()
    for axes in panels:
        hide_frame(axes)
    for number, (axes, photo, (true, said)) in enumerate(
        zip(panels, photos, scores, strict=False), start=1
    ):
        axes.imshow(photo)
        axes.set_title(f"{number}: {true:.0f} → {said:.0f}", fontsize=NOTE_SIZE, pad=2)


def largest_errors(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the rows with the largest absolute errors, largest first, one a content."""
    errors = (frame["prediction"] - frame["quality"]).abs()
    ordered = frame.loc[errors.sort_values(ascending=False, kind="stable").index]
    return ordered[~ordered["content"].duplicated()].head(count)


def agreement(data: FigureData, run: str) -> str:
    """Say how well the first seed's predictions, and all seeds', agree with the true scores.

    Each measure has a line: side by side they would reach into the thumbnails.
    """
    metrics: tuple[Measure, ...] = ("srcc", "plcc")
    found = {metric: data.estimate(run, data.training_dataset, metric) for metric in metrics}
    return "\n".join(
        f"{metric.upper()} {each.seeds[0]:.3f}"
        + (f" ({each.value:.3f})" if len(each.seeds) > 1 else "")
        for metric, each in found.items()
    )


def draw_scatter(axes: Axes, frame: pd.DataFrame, worst: pd.DataFrame) -> None:
    """Draw one point an image, the identity, and a numbered ring around the largest errors."""
    axes.axline((0, 0), slope=1, color=GREY, linewidth=0.6, dashes=(4, 3))
    axes.scatter(frame["quality"], frame["prediction"], s=5, color=BLUE, alpha=0.6, linewidths=0)
    true, said = worst["quality"], worst["prediction"]
    axes.scatter(true, said, s=22, facecolors="none", edgecolors=VERMILLION)
    places = zip(true, said, NUMBER_OFFSETS, strict=False)
    for number, (x, y, offset) in enumerate(places, start=1):
        axes.annotate(
            str(number),
            (x, y),
            xytext=offset,
            textcoords="offset points",
            color=VERMILLION,
            fontsize=7,
        )
