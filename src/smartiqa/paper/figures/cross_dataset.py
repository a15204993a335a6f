"""SRCC of the models on datasets that they were not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import (
    COLUMN_WIDTH,
    draw_cells,
    new_figure,
)

NEEDS = ("paper.json",)
SHOWS = ("cross_experiments",)


def draw(results: Path) -> Figure:
    """Draw a heat map of models x datasets; the training dataset's own test split stands apart."""
    data = FigureData.open(results)
    models = data.paper.study.cross_experiments
    runs = data.run_among(models)
    own = srcc_table(data, runs, [data.training_dataset])
    cross = srcc_table(data, runs, data.cross_datasets)
    titles = [data.paper.datasets[name].title for name in data.cross_datasets]
    if len(titles) > 1:
        cross = np.column_stack([cross, cross.mean(axis=1)])
        titles.append("average")
    figure = new_figure(COLUMN_WIDTH, 1.15 + 0.22 * len(runs))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, cross.shape[1]])
    norm = Normalize(np.floor(10 * min(own.min(), cross.min())) / 10, 1)
    draw_map(left, own, [data.paper.datasets[data.training_dataset].title], norm)
    image = draw_map(right, cross, titles, norm)
    left.set_yticks(range(len(runs)), [data.title(name) for name in runs])
    left.set_title("trained on", fontsize=7)
    right.set_title("not trained on", fontsize=7)
    bar = figure.colorbar(image, ax=[left, right], label="SRCC", aspect=12, pad=0.02)
    bar.outline.set_visible(False)
    return figure


def srcc_table(data: FigureData, runs: list[str], datasets: Sequence[str]) -> NDArray[np.float64]:
    """Return the SRCC (models, datasets)."""
    return np.array([[data.estimate(run, d, "srcc").value for d in datasets] for run in runs])


def draw_map(
    axes: Axes, table: NDArray[np.float64], columns: list[str], norm: Normalize
) -> AxesImage:
    """Draw the table as coloured cells with their values."""
    image = draw_cells(axes, table, norm, 3, va="center", fontsize=7)
    axes.set_xticks(range(len(columns)), columns, rotation=20, ha="right", rotation_mode="anchor")
    return image
