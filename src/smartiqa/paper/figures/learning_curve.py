"""How the SRCC depends on the number of training images (the full model has all of them)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import COLUMN_WIDTH, new_figure
from smartiqa.paper.figures.sweep import draw_sweep

NEEDS = ("paper.json",)
SHOWS = ("training_images",)


def draw(results: Path) -> Figure:
    """Draw SRCC over the number of images, mean over seeds; one tick for each that was tried."""
    data = FigureData.open(results)
    figure = new_figure(COLUMN_WIDTH, 2.2)
    axes = figure.subplots()
    axes.set_xscale("log")
    counts = draw_sweep(axes, data, "training_images", data.training_images)
    axes.set_xticks(counts, [f"{count:,.0f}" for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("training images")
    return figure
