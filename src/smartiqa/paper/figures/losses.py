"""SRCC and PLCC of the training losses, each against L1 (C3)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.paper.figures.result_files import Results
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
REFERENCE = "C3"
METRICS = ("srcc", "plcc")
STAR = "* SRCC differs from that of the L1 loss (5 % level, Holm)."


def draw(results: Path) -> Figure:
    """Draw one row a loss; stars mark where the SRCC differs clearly from that of L1."""
    data = Results.open(results)
    runs = data.compared("losses", REFERENCE)
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
    note_below(figure, [STAR] * any(significant) + data.not_run(data.group("losses")))
    return figure


def row_label(data: Results, name: str) -> str:
    """Return the experiment's title, or the loss of the reference, whose title does not say it."""
    loss = data.paper["experiments"][name]["recipe"]["loss"]["name"]
    return f"{loss.upper()} loss" if name == REFERENCE else data.title(name)


def differs(data: Results, name: str) -> bool:
    """Whether the test against L1, corrected for the number of losses, found a difference."""
    return any(
        test["significant"] and {test["first"], test["second"]} == {name, REFERENCE}
        for test in data.paper["comparisons"]["losses"]
    )


def draw_row(axes: Axes, data: Results, row: int, name: str, metric: str) -> None:
    """Draw one loss: mean with interval, and single seeds as dots."""
    estimate = data.estimate(name, data.training_dataset, metric)
    color = VERMILLION if name == REFERENCE else BLUE
    axes.errorbar(estimate.value, row, xerr=estimate.errors, fmt="o", color=color)
    axes.plot(estimate.seeds, [row + 0.25] * len(estimate.seeds), ".", color=GREY, markersize=3)
