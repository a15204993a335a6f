"""How the SRCC depends on the backbone's learning rate (the full model is one of the runs)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import COLUMN_WIDTH, new_figure, with_minus
from smartiqa.paper.figures.sweep import draw_sweep

NEEDS = ("paper.json",)
SHOWS = ("learning_rate",)


def draw(results: Path) -> Figure:
    """Draw SRCC over the rate on a logarithmic axis, one tick a rate that was tried."""
    data = FigureData.open(results)
    figure = new_figure(COLUMN_WIDTH, 2.2)
    axes = figure.subplots()
    axes.set_xscale("log")
    rates = draw_sweep(axes, data, "learning_rate", lambda name: data.recipe(name).backbone_rate)
    axes.set_xticks(rates, map(scientific, rates))
    axes.minorticks_off()
    axes.set_xlabel("learning rate of the backbone")
    return figure


def scientific(rate: float) -> str:
    """Write a rate as 5e-7; two digits are enough, and a scaled rate may have many more."""
    rounded = float(f"{rate:.1e}")
    return with_minus(np.format_float_scientific(rounded, trim="-", exp_digits=1))
