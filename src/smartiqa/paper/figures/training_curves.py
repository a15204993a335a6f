"""Training loss and validation SRCC over the epochs of the ablation's runs.

A study that runs nothing of the ablation shows its baseline and its full model.
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from smartiqa.paper.figures.result_files import FigureData, require_finite
from smartiqa.paper.figures.style import ABLATION_COLOURS, COLUMN_WIDTH, new_figure
from smartiqa.results.run_files import read_history

NEEDS = (
    "paper.json",
    "runs/{ablation}/seed{seed}/history.csv",
    "runs/{baseline}/seed{seed}/history.csv",
    "runs/{reference}/seed{seed}/history.csv",
)
MEASURES = {"train_loss": "training loss", "validation_srcc": "validation SRCC"}


def draw(results: Path) -> Figure:
    """Draw one panel a measure: thin lines are seeds, thick lines their mean."""
    data = FigureData.open(results)
    figure = new_figure(COLUMN_WIDTH, 3.1)
    panels = figure.subplots(len(MEASURES), sharex=True)
    names = shown(data)
    colours = dict(zip(names, cycle(ABLATION_COLOURS), strict=False))
    for run in data.run_among(names, "ablation"):
        histories = [epochs_of(data, run, seed) for seed in data.seeds(run)]
        for axes, measure in zip(panels, MEASURES, strict=True):
            draw_run(axes, [h[measure] for h in histories], colours[run], data.title(run))
    for axes, label in zip(panels, MEASURES.values(), strict=True):
        axes.set_ylabel(label)
        axes.grid(axis="y")
    panels[-1].set_xlabel("epoch")
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def shown(data: FigureData) -> tuple[str, ...]:
    """Return the ablation, or the baseline and the reference if only of these any was run."""
    roles = data.paper.roles
    others = tuple(name for name in (roles.baseline, roles.reference) if name is not None)
    use_others = any(map(data.is_run, others)) and not any(map(data.is_run, roles.ablation))
    return others if use_others else roles.ablation


def epochs_of(data: FigureData, run: str, seed: int) -> pd.DataFrame:
    """Read one run's history, indexed by epoch."""
    folder = data.run(run, seed)
    history = read_history(folder).set_index("epoch")
    require_finite(history[list(MEASURES)], folder / "history.csv")
    return history


def draw_run(axes: Axes, seeds: list[pd.Series], color: str, label: str) -> None:
    """Draw each seed, and the mean over the epochs that all seeds reached."""
    for seed in seeds:
        axes.plot(seed.index, seed, color=color, linewidth=0.6, alpha=0.4)
    mean = pd.concat(seeds, axis=1, join="inner").mean(axis=1)
    axes.plot(mean.index, mean, color=color, linewidth=1.4, label=label)
