"""Which distortions each model of the ablation gets wrong.

Shown is the first dataset with labelled distortions, the training dataset before the others: the
mean absolute error over images and seeds, by distortion family and level. On a dataset that was
not trained on, predictions are first mapped to its scale by a straight line (least squares), since
the scales of two studies need not agree.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from smartiqa.metrics.by_distortion import (
    error_table,
    errors_of_seeds,
    labels_distortions,
    undistorted,
)
from smartiqa.paper.figures.result_files import FigureData, NothingToShowError
from smartiqa.paper.figures.style import (
    NOTE_SIZE,
    PAGE_WIDTH,
    draw_cells,
    new_figure,
    note_below,
)

NEEDS = (
    "paper.json",
    "runs/{ablation}/seed{seed}/predictions/{training_dataset}.parquet",
    "runs/{ablation}/seed{seed}/predictions/{cross_dataset}.parquet",
)
WIDTH = PAGE_WIDTH


def draw(results: Path) -> Figure:
    """Draw one heat map a model, families x levels, the hardest family at the top."""
    data = FigureData.open(results)
    names = data.paper.roles.ablation
    dataset, frames = labelled_predictions(data, data.run_among(names, "ablation"))
    tables = {run: error_table(frame) for run, frame in frames.items()}
    means = pd.concat([table.mean(axis=1) for table in tables.values()], axis=1).mean(axis=1)
    order = means.sort_values(ascending=False, kind="stable").index
    figure = new_figure(WIDTH, 0.9 + 0.145 * len(order))
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    norm = Normalize(0, max(float(np.nanmax(table)) for table in tables.values()))
    for axes, (run, table) in zip(panels, tables.items(), strict=True):
        image = draw_map(axes, table.loc[order], norm)
        axes.set_title(f"{data.title(run)}\n{title_of_undistorted(frames[run])}", fontsize=7)
    panels[0].set_yticks(range(len(order)), [str(name).replace("_", " ") for name in order])
    bar = figure.colorbar(image, ax=list(panels), aspect=15, pad=0.01)
    bar.set_label(f"mean error of\n{data.quality_name}")
    bar.outline.set_visible(False)
    note_below(figure, other_dataset(data, dataset))
    return figure


def labelled_predictions(data: FigureData, runs: list[str]) -> tuple[str, dict[str, pd.DataFrame]]:
    """Return the first dataset with labelled distortions, and each run's predictions for it.

    Raises:
        NothingToShowError: no dataset has any.
    """
    for dataset in [data.training_dataset, *data.cross_datasets]:
        tested = [run for run in runs if dataset in data.paper.experiments[run].results]
        frames = {run: predictions_of_seeds(data, run, dataset) for run in tested}
        if frames and all(map(labels_distortions, frames.values())):
            return dataset, frames
    raise NothingToShowError(
        f"{data.folder}: no dataset that {' or '.join(runs)} was tested on labels its distortions; "
        "add one, such as KADID-10K, to the study's cross_datasets",
        "No dataset of this study labels distortions.",
    )


def predictions_of_seeds(data: FigureData, run: str, dataset: str) -> pd.DataFrame:
    """Return distortion, level and absolute error of every image and seed."""
    frames = [data.predictions(run, seed, dataset) for seed in data.seeds(run)]
    return errors_of_seeds(frames, other_scale=dataset != data.training_dataset)


def title_of_undistorted(errors: pd.DataFrame) -> str:
    """Say how large the mean absolute error of undistorted photos is, if there are any."""
    pristine = undistorted(errors)["error"]
    return f"undistorted: {pristine.mean():.1f}" if len(pristine) else ""


def draw_map(axes: Axes, table: pd.DataFrame, norm: Normalize) -> AxesImage:
    """Draw the table as coloured cells with rounded values."""
    values = table.to_numpy()
    image = draw_cells(axes, values, norm, 0, va="center_baseline", fontsize=NOTE_SIZE)
    axes.set_xticks(range(table.shape[1]), [f"{level:g}" for level in table.columns])
    axes.set_xlabel("level")
    return image


def other_dataset(data: FigureData, dataset: str) -> list[str]:
    """Name the dataset where it is not the training dataset, and what was done to the scale."""
    if dataset == data.training_dataset:
        return []
    title = data.paper.datasets[dataset].title
    return [f"Images of {title}; predictions mapped to its scale by a straight line."]
