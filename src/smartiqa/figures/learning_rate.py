"""How the SRCC depends on the backbone's learning rate (experiments E, C3 among them)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from smartiqa.figures.command_line import figure_main
from smartiqa.figures.result_files import Results
from smartiqa.figures.style import COLUMN_WIDTH, new_figure, note_below, with_minus
from smartiqa.figures.sweep import draw_sweep

NEEDS = ("paper.json",)


def draw(results: Path) -> Figure:
    """Draw SRCC over the rate on a logarithmic axis, one tick a rate that was tried."""
    data = Results.open(results)
    figure = new_figure(COLUMN_WIDTH, 2.2)
    axes = figure.subplots()
    axes.set_xscale("log")
    rates = draw_sweep(axes, data, "learning_rate", lambda recipe: float(recipe["backbone_rate"]))
    labels = [np.format_float_scientific(rate, trim="-", exp_digits=1) for rate in rates]
    axes.set_xticks(rates, map(with_minus, labels))
    axes.minorticks_off()
    axes.set_xlabel("learning rate of the backbone")
    note_below(figure, data.not_run(data.group("learning_rate")))
    return figure


if __name__ == "__main__":
    figure_main(draw, NEEDS)
