"""Training loss and validation SRCC over the epochs of the ablation's runs (C0 to C3)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from smartiqa.core.files import verified
from smartiqa.paper.figures.result_files import Results, require_finite
from smartiqa.paper.figures.style import ABLATION_COLOURS, COLUMN_WIDTH, new_figure, note_below

NEEDS = (
    "paper.json",
    "runs/C0/seed{seed}/history.csv",
    "runs/C1/seed{seed}/history.csv",
    "runs/C2/seed{seed}/history.csv",
    "runs/C3/seed{seed}/history.csv",
)
EXPERIMENTS = ("C0", "C1", "C2", "C3")
MEASURES = {"train_loss": "training loss", "validation_srcc": "validation SRCC"}


def draw(results: Path) -> Figure:
    """Draw one panel a measure: thin lines are seeds, thick lines their mean."""
    data = Results.open(results)
    figure = new_figure(COLUMN_WIDTH, 3.1)
    panels = figure.subplots(len(MEASURES), sharex=True)
    for run in data.run_among(EXPERIMENTS):
        histories = [read_history(data, run, seed) for seed in data.seeds(run)]
        for axes, measure in zip(panels, MEASURES, strict=True):
            draw_run(axes, [h[measure] for h in histories], ABLATION_COLOURS[run], data.title(run))
    for axes, label in zip(panels, MEASURES.values(), strict=True):
        axes.set_ylabel(label)
        axes.grid(axis="y")
    panels[-1].set_xlabel("epoch")
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    note_below(figure, data.not_run(EXPERIMENTS))
    return figure


def read_history(data: Results, run: str, seed: int) -> pd.DataFrame:
    """Read one run's history, indexed by epoch."""
    path = data.folder / "runs" / run / f"seed{seed}" / "history.csv"
    history = pd.read_csv(verified(path), index_col="epoch")
    require_finite(history[list(MEASURES)], path)
    return history


def draw_run(axes: Axes, seeds: list[pd.Series], color: str, label: str) -> None:
    """Draw each seed, and the mean over the epochs that all seeds reached."""
    for seed in seeds:
        axes.plot(seed.index, seed, color=color, linewidth=0.6, alpha=0.4)
    mean = pd.concat(seeds, axis=1, join="inner").mean(axis=1)
    axes.plot(mean.index, mean, color=color, linewidth=1.4, label=label)
