"""How the SRCC depends on the weight of the ranking loss (the full model has weight 0)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import COLUMN_WIDTH, new_figure
from smartiqa.paper.figures.sweep import draw_sweep

NEEDS = ("paper.json",)
SHOWS = ("ranking_weight",)
SMALLEST_WEIGHT = 0.1  # below it the axis is linear, so that it can begin at zero


def draw(results: Path) -> Figure:
    """Draw SRCC over the weight, one tick a weight that was tried."""
    data = FigureData.open(results)
    figure = new_figure(COLUMN_WIDTH, 2.2)
    axes = figure.subplots()
    axes.set_xscale("symlog", linthresh=SMALLEST_WEIGHT, linscale=0.5)
    weights = draw_sweep(axes, data, "ranking_weight", lambda name: data.recipe(name).loss.alpha)
    axes.set_xticks(weights, [f"{weight:g}" for weight in weights])
    axes.minorticks_off()
    axes.set_xlabel("weight \N{GREEK SMALL LETTER ALPHA} of the ranking loss")
    return figure
