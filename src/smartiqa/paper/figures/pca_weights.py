"""Principal components of the generated target-network weights, by content and by quality.

Modelled on HyperIQA, figure 5: each point is one test image, placed by the weights that the hyper
network generates for it. Single-scale input is compared with multi-scale input. Content
is the reference photo, or a cluster of semantic features where there are none. The silhouette says
how well groups separate: 1 apart, 0 mixed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from smartiqa.core.tables import Columns, read_parquet
from smartiqa.paper.figures.result_files import FigureData, require_finite
from smartiqa.paper.figures.style import (
    COLUMN_WIDTH,
    CYCLE,
    MARKERS,
    NOTE_SIZE,
    SEQUENTIAL,
    new_figure,
    with_minus,
)

NEEDS = (
    "paper.json",
    "runs/{embedded}/seed{first_seed}/generated.parquet",
)
COLUMNS: Columns = {
    **dict.fromkeys(("id", "content"), "text"),
    **dict.fromkeys(("quality", "pc1", "pc2"), "number"),
}
MOST_NAMED_CONTENTS = 8
Grouping = Literal["content", "quality"]


def draw(results: Path) -> Figure:
    """Draw one row a model; the left column is coloured by content, the right by quality."""
    data = FigureData.open(results)
    runs = data.run_among(data.paper.roles.embedded, "embedded")
    frames = {run: read_components(data, run) for run in runs}
    figure = new_figure(COLUMN_WIDTH, 0.55 + 1.5 * len(runs))
    grid = figure.subplots(len(runs) + 1, 2, height_ratios=[1] * len(runs) + [0.05])
    for axes, (run, frame) in zip(grid[:-1], frames.items(), strict=True):
        draw_contents(axes[0], frame)
        label_panel(axes[0], data, run, "content")
        points = draw_quality(axes[1], frame)
        label_panel(axes[1], data, run, "quality")
        axes[0].set_ylabel(f"{data.title(run)}\n{axes[0].get_ylabel()}")
    draw_legend(grid[-1, 0], *grid[0, 0].get_legend_handles_labels())
    bar = figure.colorbar(points, cax=grid[-1, 1], orientation="horizontal")
    bar.set_label(data.quality_name)
    bar.outline.set_visible(False)
    return figure


def read_components(data: FigureData, run: str) -> pd.DataFrame:
    """Read one row an image: content, quality, pc1, pc2."""
    path = data.run(run) / "generated.parquet"
    frame = read_parquet(path, COLUMNS, "embed").set_index("id")
    require_finite(frame[["quality", "pc1", "pc2"]], path)
    return frame


def draw_contents(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw the images of each content in a colour and marker of their own."""
    for number, (content, group) in enumerate(frame.groupby("content")):
        axes.scatter(
            group["pc1"],
            group["pc2"],
            s=6,
            linewidths=0,
            color=CYCLE[number % len(CYCLE)],
            marker=MARKERS[number // len(CYCLE) % len(MARKERS)],
            label=str(content),
        )


def draw_legend(axes: Axes, points: list[Artist], names: list[str]) -> None:
    """Name the contents in the place of `axes`, if they are few."""
    axes.set_axis_off()
    if len(names) <= MOST_NAMED_CONTENTS:
        options: dict[str, Any] = {"columnspacing": 0.8, "handletextpad": 0.1, "handlelength": 1}
        axes.legend(points, names, loc="upper center", ncols=3, **options).set_in_layout(False)


def draw_quality(axes: Axes, frame: pd.DataFrame) -> PathCollection:
    """Draw the images coloured by their true score."""
    return axes.scatter(
        frame["pc1"],
        frame["pc2"],
        s=6,
        linewidths=0,
        c=frame["quality"],
        cmap=SEQUENTIAL,
        vmin=0,
        vmax=100,
    )


def label_panel(axes: Axes, data: FigureData, run: str, grouping: Grouping) -> None:
    """Write the silhouette above the panel and the explained variance along its axes."""
    embedding = data.paper.embedding[run]
    silhouettes = {
        "content": embedding.silhouette_content,
        "quality": embedding.silhouette_quality,
    }
    axes.set_title(with_minus(f"by {grouping}: silhouette {silhouettes[grouping]:.3f}"), fontsize=7)
    first, second = embedding.explained_variance[:2]
    axes.set_xlabel(f"PC 1 ({100 * first:.0f} %)", fontsize=NOTE_SIZE)
    axes.set_ylabel(f"PC 2 ({100 * second:.0f} %)", fontsize=NOTE_SIZE)
    axes.set_xticks([])
    axes.set_yticks([])
