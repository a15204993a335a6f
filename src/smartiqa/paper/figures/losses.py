"""SRCC and PLCC of the training losses, each against that of the full model (L1)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.metrics.measures import Measure
from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import (
    BLUE,
    COLUMN_WIDTH,
    GREY,
    VERMILLION,
    new_figure,
    note_below,
)

NEEDS = ("paper.json",)
SHOWS = ("losses",)
METRICS: tuple[Measure, ...] = ("srcc", "plcc")
STAR = "* SRCC differs from that of the L1 loss (5 % level, Holm)."


def draw(results: Path) -> Figure:
    """Draw one row a loss; stars mark where the SRCC differs clearly from that of L1."""
    data = FigureData.open(results)
    runs = data.compared("losses", data.reference)
    significant = [differs(data, name) for name in runs]
    figure = new_figure(COLUMN_WIDTH, 0.7 + 0.23 * len(runs))
    panels = figure.subplots(1, len(METRICS), sharey=True)
    for axes, metric in zip(panels, METRICS, strict=True):
        for row, name in enumerate(runs):
            draw_row(axes, data, row, name, metric)
        axes.set_xlabel(metric.upper())
        axes.grid(axis="x")
    labels = [
        row_label(data, name) + " *" * star for name, star in zip(runs, significant, strict=True)
    ]
    panels[0].set_yticks(range(len(runs)), labels)
    panels[0].set_ylim(len(runs) - 0.5, -0.5)
    note_below(figure, [STAR] * any(significant))
    return figure


def row_label(data: FigureData, name: str) -> str:
    """Return the experiment's title, or the loss of the reference, whose title does not say it."""
    if name != data.reference:
        return data.title(name)
    return f"{data.recipe(name).loss.name.upper()} loss"


def differs(data: FigureData, name: str) -> bool:
    """Whether the test against L1, corrected for the number of losses, found a difference."""
    return any(
        test.significant and {test.first, test.second} == {name, data.reference}
        for test in data.paper.comparisons["losses"]
    )


def draw_row(axes: Axes, data: FigureData, row: int, name: str, metric: Measure) -> None:
    """Draw one loss: mean with interval, and single seeds as dots."""
    estimate = data.estimate(name, data.training_dataset, metric)
    color = VERMILLION if name == data.reference else BLUE
    axes.errorbar(estimate.value, row, xerr=estimate.errors, fmt="o", color=color)
    axes.plot(estimate.seeds, [row + 0.25] * len(estimate.seeds), ".", color=GREY, markersize=3)
