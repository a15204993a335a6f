"""SRCC against the number of parameters: the SMART sizes and the ResNet-50 variants."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.core.errors import InputError
from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import (
    BLACK,
    BLUE,
    COLUMN_WIDTH,
    MARKERS,
    ORANGE,
    join,
    new_figure,
)

NEEDS = ("paper.json",)
SHOWS = ("sizes", "cnn", "cnn_sizes")
MILLION = 1e6


def draw(results: Path) -> Figure:
    """Draw one marker a model, with the 95 % interval of its SRCC; sizes of a kind are joined."""
    data = FigureData.open(results)
    sizes, cnns, cnn_sizes = (data.group(name) for name in SHOWS)
    runs = data.run_among([*dict.fromkeys([*sizes, *cnns, *cnn_sizes])])  # one may be in two groups
    figure = new_figure(COLUMN_WIDTH, 2.6)
    axes = figure.subplots()
    for group, color in ((sizes, BLUE), (cnn_sizes, ORANGE)):
        found = sorted((name for name in group if name in runs), key=partial(parameters, data))
        srcc = [data.estimate(name, data.training_dataset, "srcc").value for name in found]
        join(axes, [parameters(data, n) for n in found], srcc, color=color, linewidth=0.8)
    markers = iter(MARKERS * 2)
    for name in runs:
        adds_to_a_cnn = data.paper.experiments[name].compared_with in cnns
        color = BLUE if name in sizes else ORANGE if adds_to_a_cnn else BLACK
        draw_model(axes, data, name, color, next(markers))
    axes.set(xlabel="parameters (millions)", ylabel="SRCC")
    axes.grid(axis="y")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def parameters(data: FigureData, name: str) -> float:
    """Return the model's parameters in millions.

    Raises:
        InputError: they were not counted.
    """
    counts = data.paper.experiments[name].complexity
    if counts is None:
        raise InputError(f"{data.folder / 'paper.json'} has no number of parameters of {name}")
    return counts.parameters / MILLION


def draw_model(axes: Axes, data: FigureData, name: str, color: str, marker: str) -> None:
    """Draw one model's SRCC with its interval."""
    srcc = data.estimate(name, data.training_dataset, "srcc")
    axes.errorbar(
        parameters(data, name),
        srcc.value,
        srcc.errors,
        fmt=marker,
        color=color,
        elinewidth=0.7,
        label=data.title(name),
    )
