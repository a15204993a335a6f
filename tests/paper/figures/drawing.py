"""Drawing figures of made-up results and reading what they show."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from made_up_results import SEEDS, TRAINING, read_predictions


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"smartiqa.paper.figures.{name}")


def drawn(name: str, folder: Path) -> Figure:
    """Draw a figure and lay it out."""
    figure: Figure = module_of(name).draw(folder)
    figure.draw_without_rendering()
    return figure


def texts(figure: Figure) -> list[str]:
    """All that is written in a figure."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def cells(axes: Axes) -> list[str]:
    """What is written inside the axes."""
    return [text.get_text() for text in axes.texts]


def offsets(axes: Axes) -> np.ndarray:
    """Coordinates (points, 2) of all scatter plots in the axes."""
    return np.concatenate([np.asarray(points.get_offsets()) for points in axes.collections])


def position(line: Line2D) -> tuple[float, float]:
    """The first point of a line."""
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])


def mean_srcc(folder: Path, experiment: str, dataset: str = TRAINING) -> float:
    """SRCC of the predictions, mean over seeds, from ranks and not from `paper.json`."""
    frames = [read_predictions(folder, experiment, seed, dataset) for seed in SEEDS]
    ranks = [frame[["prediction", "quality"]].rank() for frame in frames]
    return float(np.mean([np.corrcoef(r["prediction"], r["quality"])[0, 1] for r in ranks]))
