"""SRCC and PLCC of the training losses, each against L1 (C3)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from smartiqa.figures.command_line import figure_main
from smartiqa.figures.result_files import Results
from smartiqa.figures.style import BLUE, COLUMN_WIDTH, GREY, VERMILLION, new_figure, note_below

NEEDS = ("paper.json",)
REFERENCE = "C3"
METRICS = ("srcc", "plcc")


def draw(results: Path) -> Figure:
    """Draw one row a loss, with the 95 % interval; filled if it differs from L1 significantly."""
    data = Results.open(results)
    runs = data.run_among(data.group("losses"))
    figure = new_figure(COLUMN_WIDTH, 0.95 + 0.21 * len(runs))
    panels = figure.subplots(1, len(METRICS), sharey=True)
    for axes, metric in zip(panels, METRICS, strict=True):
        for row, name in enumerate(runs):
            draw_row(axes, data, row, name, metric)
        axes.set_xlabel(metric.upper())
        axes.grid(axis="x")
    panels[0].set_yticks(range(len(runs)), [row_label(data, name) for name in runs])
    panels[0].invert_yaxis()
    figure.legend(handles=legend(data), loc="outside upper right", ncols=3)
    note_below(figure, data.not_run(data.group("losses")))
    return figure


def row_label(data: Results, name: str) -> str:
    """Return the experiment's title, or the loss of the reference, whose title does not say it."""
    loss = data.paper["experiments"][name]["recipe"]["loss"]["name"]
    return f"{loss.upper()} loss" if name == REFERENCE else data.title(name)


def draw_row(axes: Axes, data: Results, row: int, name: str, metric: str) -> None:
    """Draw one loss: mean with interval, and single seeds as dots."""
    estimate = data.estimate(name, data.training_dataset, metric)
    color = VERMILLION if name == REFERENCE else BLUE
    face = color if name == REFERENCE or differs(data, name, metric) else "white"
    axes.errorbar(
        estimate.value, row, xerr=estimate.errors, fmt="o", color=color, markerfacecolor=face
    )
    axes.plot(estimate.seeds, [row + 0.25] * len(estimate.seeds), ".", color=GREY, markersize=3)


def differs(data: Results, name: str, metric: str) -> bool:
    """Whether the test against L1, corrected for the number of losses, found a difference."""
    return any(
        test["significant"]
        for test in data.paper["comparisons"].get("losses", [])
        if {test["first"], test["second"]} == {name, REFERENCE} and test["metric"] == metric
    )


def legend(data: Results) -> list[Line2D]:
    """Explain the three kinds of marker."""
    kinds = {
        row_label(data, REFERENCE): (VERMILLION, VERMILLION),
        "differs": (BLUE, BLUE),
        "no significant difference": (BLUE, "white"),
    }
    return [
        Line2D([], [], marker="o", linestyle="", color=edge, markerfacecolor=face, label=label)
        for label, (edge, face) in kinds.items()
    ]


if __name__ == "__main__":
    figure_main(draw, NEEDS)
