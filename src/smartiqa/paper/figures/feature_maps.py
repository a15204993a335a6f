"""What the four stages of the backbone see in a bad and in a good photo (first seed)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from smartiqa.core.errors import InputError
from smartiqa.core.tables import read_arrays
from smartiqa.paper.figures.result_files import FigureData
from smartiqa.paper.figures.style import NOTE_SIZE, PAGE_WIDTH, SEQUENTIAL, hide_frame, new_figure

NEEDS = ("paper.json", "runs/{mapped}/seed{first_seed}/feature_maps.npz")
WIDTH = PAGE_WIDTH
Array = NDArray[np.generic]
PHOTOS = ("low", "high")
STAGES = (1, 2, 3, 4)
ARRAYS = [f"{photo}_{stage}" for photo in PHOTOS for stage in STAGES]


def draw(results: Path) -> Figure:
    """Draw one row a photo; a stage has the same colour scale in both rows."""
    data = FigureData.open(results)
    mapped = data.paper.roles.mapped
    (run,) = data.run_among([mapped] if mapped else [], "mapped")
    arrays = read_maps(data.run(run))
    figure = new_figure(WIDTH, 2.95)
    grid = figure.subplots(len(PHOTOS), 1 + len(STAGES))
    for row, photo in zip(grid, PHOTOS, strict=True):
        row[0].imshow(arrays[f"image_{photo}"])
        row[0].set_ylabel(f"{photo} quality")
    grid[0, 0].set_title("photo")
    for column, stage in enumerate(STAGES, start=1):
        draw_stage(figure, list(grid[:, column]), [arrays[f"{photo}_{stage}"] for photo in PHOTOS])
        height, width = arrays[f"{PHOTOS[0]}_{stage}"].shape
        grid[0, column].set_title(f"stage {stage} ({height}\N{MULTIPLICATION SIGN}{width})")
    for axes in grid.flat:
        hide_frame(axes)
    return figure


def read_maps(run: Path) -> dict[str, Array]:
    """Read the photos (height, width, 3) and the maps (height, width) of both.

    Raises:
        InputError: a map holds a value that is not finite.
    """
    path = run / "feature_maps.npz"
    arrays = read_arrays(path, ARRAYS, "feature-maps")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise InputError(f"{path}: {name} holds values that are not numbers; compute it anew")
    return arrays


def draw_stage(figure: Figure, panels: list[Axes], maps: list[Array]) -> None:
    """Draw the maps of one stage below each other, and their common scale."""
    low, high = min(m.min() for m in maps), max(m.max() for m in maps)
    for axes, stage_map in zip(panels, maps, strict=True):
        image = axes.imshow(stage_map, cmap=SEQUENTIAL, vmin=low, vmax=high)
    bar = figure.colorbar(image, ax=panels, location="bottom", aspect=20, pad=0.02)
    bar.ax.tick_params(labelsize=NOTE_SIZE)
    bar.outline.set_visible(False)
