"""Where in a photo the quality is high or low: the scores of overlapping crops, laid over it.

The map shows what the model says about the surroundings of each point, at the grain of its crops;
it is no segmentation of distortions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from smartiqa.data.crop_positions import Positions
from smartiqa.photos.model import PhotoModel
from smartiqa.photos.new_files import new_file

MOST_CROPS = 600  # a photo; a large one has fewer that overlap
OVERLAPS = (4, 2, 1)  # crops that a point lies in along one axis
SCALE = (0, 100)  # of the colours, one for all photos, so that maps can be compared
COLOURS = "cividis"  # looks the same with and without colour-vision deficiency
MOST_PIXELS = 1000  # of the drawn photo's long side
DPI = 120


def dense_positions(height: int, width: int, crop: int) -> Positions:
    """Spread overlapping crops evenly over a photo so that they reach every pixel of it."""
    for overlap in OVERLAPS:
        tops, lefts = (_evenly(side - crop, crop // overlap) for side in (height, width))
        if len(tops) * len(lefts) <= MOST_CROPS:
            break
    down, across = np.meshgrid(tops, lefts, indexing="ij")
    return down.ravel(), across.ravel()


def _evenly(room: int, step: int) -> NDArray[np.int64]:
    return np.rint(np.linspace(0, room, -(-room // max(1, step)) + 1)).astype(np.int64)


def quality_map(model: PhotoModel, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (height, width): the mean score of the crops that each pixel lies in.

    A crop counts most in its middle and least at its edge, so the map has no steps.

    Args:
        model: scores the crops.
        pixels: (height, width, 3), a photo as `PhotoModel.read` returns it.
    """
    height, width, _ = pixels.shape
    positions = dense_positions(height, width, model.crop)
    scores = model.score_crops(pixels, positions).scores
    towards_edge = np.minimum(np.arange(1, model.crop + 1), np.arange(model.crop, 0, -1))
    weights = np.outer(towards_edge, towards_edge).astype(np.float64)
    total, weight = np.zeros((height, width)), np.zeros((height, width))
    for top, left, score in zip(*positions, scores, strict=True):
        place = np.s_[top : top + model.crop, left : left + model.crop]
        total[place] += score * weights
        weight[place] += weights
    return total / weight


def draw_heat_map(model: PhotoModel, photo: Path, title: str, path: Path) -> None:
    """Write a PNG file with a photo, and beside it the photo under its map of quality.

    Raises:
        InputError: the photo cannot be read.
    """
    import matplotlib  # here, so that scores need none
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    decoded = model.read(photo)
    scores = quality_map(model, decoded.pixels)
    step = max(1, -(-max(scores.shape) // MOST_PIXELS))
    pixels, shown = decoded.pixels[::step, ::step], scores[::step, ::step]
    width, height = decoded.size
    stretch = (height / width) / (pixels.shape[0] / pixels.shape[1])  # undoes a squashing resize
    with matplotlib.rc_context({"text.parse_math": False}):
        figure = Figure(figsize=_inches(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        left.imshow(pixels, aspect=stretch)
        grey = Image.fromarray(pixels).convert("L")
        right.imshow(grey, aspect=stretch, cmap="gray", vmin=0, vmax=255)
        low, high = SCALE
        coloured = right.imshow(shown, aspect=stretch, cmap=COLOURS, alpha=0.6, vmin=low, vmax=high)
        label = f"quality around a point, 0 to 100\n(crops of {model.crop} x {model.crop} pixels)"
        figure.colorbar(coloured, ax=right, label=label, shrink=0.85)
        for axes in (left, right):
            axes.set_axis_off()
        figure.suptitle(title)
        with new_file(path) as temporary:
            figure.savefig(temporary)


def _inches(width: int, height: int) -> tuple[float, float]:
    """Two photos side by side and a colour bar."""
    return 11.0, float(np.clip(4.8 * height / width, 2.5, 9.0)) + 0.6
