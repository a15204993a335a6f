"""Predicted against true score for two losses, with the largest errors as thumbnails.

C3 trains with L1, A-0.3 with L1 and 0.3 times the ranking loss. Each panel shows the first seed's
predictions for the test images, not a mean over seeds, which would flatter a single model. Of the
distorted versions of one photo only the worst is a thumbnail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from smartiqa.figures.command_line import figure_main
from smartiqa.figures.result_files import Results
from smartiqa.figures.style import (
    BLUE,
    GREY,
    NOTE_SIZE,
    PAGE_WIDTH,
    VERMILLION,
    hide_frame,
    new_figure,
    note_below,
)

NEEDS = (
    "paper.json",
    "runs/C3/seed{first_seed}/predictions/{training_dataset}.parquet",
    "runs/A-0.3/seed{first_seed}/predictions/{training_dataset}.parquet",
    "data/{training_dataset}/manifest.parquet",
    "data/{training_dataset}/store-{resize}/index.parquet",
    "data/{training_dataset}/store-{resize}/store.json",
)
EXPERIMENTS = ("C3", "A-0.3")
SHOWN_ERRORS = 4
NUMBER_OFFSETS = ((4, 2), (-8, 2), (4, -8), (-8, -8))  # points; so that neighbours do not collide


def draw(results: Path) -> Figure:
    """Draw one half a loss: the scatter plot, and beside it the images with the largest errors."""
    data = Results.open(results)
    runs = data.run_among(EXPERIMENTS)
    figure = new_figure(PAGE_WIDTH / 2 * len(runs), 2.3)
    parts = figure.subfigures(1, len(runs), squeeze=False)[0]
    frames = [
        data.predictions(run, data.seeds(run)[0], data.training_dataset).sort_index()
        for run in runs
    ]
    limits = common_limits(frames)
    for part, run, frame in zip(parts, runs, frames, strict=True):
        draw_run(part, data, run, frame, limits)
    note_below(figure, data.not_run(EXPERIMENTS))
    return figure


def common_limits(frames: list[pd.DataFrame]) -> tuple[float, float]:
    """Return limits that hold all true and predicted scores, with a margin."""
    scores = np.concatenate(
        [frame[["quality", "prediction"]].to_numpy().ravel() for frame in frames]
    )
    margin = 0.06 * float(np.ptp(scores))
    return float(scores.min()) - margin, float(scores.max()) + margin


def draw_run(
    part: SubFigure, data: Results, run: str, frame: pd.DataFrame, limits: tuple[float, float]
) -> None:
    """Draw one run's scatter plot and thumbnails."""
    worst = largest_errors(frame, SHOWN_ERRORS)
    photos = data.photos(data.training_dataset, list(worst.index))
    axes: Any = part.subplot_mosaic("aabc;aade", gridspec_kw={"wspace": 0.02, "hspace": 0.02})
    draw_scatter(axes["a"], frame, worst)
    axes["a"].set(xlim=limits, ylim=limits, aspect="equal")
    axes["a"].set(xlabel=data.score_name, ylabel=f"predicted {data.score_name}")
    axes["a"].set_title(f"{data.title(run)}\n{agreement(data, run)}", fontsize=7)
    for number, (panel, photo) in enumerate(zip("bcde", photos, strict=False), start=1):
        row = worst.iloc[number - 1]
        hide_frame(axes[panel])
        axes[panel].imshow(photo)
        text = f"{number}: {row['quality']:.0f} → {row['prediction']:.0f}"
        axes[panel].set_title(text, fontsize=NOTE_SIZE, pad=2)


def largest_errors(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the rows with the largest absolute errors, largest first, one a reference photo."""
    errors = (frame["prediction"] - frame["quality"]).abs()
    ordered = frame.loc[errors.sort_values(ascending=False, kind="stable").index]
    content = ordered["reference"].where(ordered["reference"] != "", ordered.index)
    return ordered[~content.duplicated()].head(count)


def agreement(data: Results, run: str) -> str:
    """Say how well the first seed's predictions agree with the true scores."""
    values = [
        f"{metric.upper()} {data.estimate(run, data.training_dataset, metric).seeds[0]:.3f}"
        for metric in ("srcc", "plcc")
    ]
    return ", ".join(values)


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


if __name__ == "__main__":
    figure_main(draw, NEEDS)
