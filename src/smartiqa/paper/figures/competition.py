"""Photos that one model rates alike and the other rates farthest apart (gMAD), both ways.

A row shows the pairs of one defender. Above each photo stand what both models (first
seed) say of it, and the true quality.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from smartiqa.paper.figures.result_files import FigureData, NothingToShowError, Pixels
from smartiqa.paper.figures.style import NOTE_SIZE, PAGE_WIDTH, hide_frame, new_figure
from smartiqa.results.image_records import RatedImage, Round

NEEDS = (
    "paper.json",
    "runs/{baseline}/seed{first_seed}/predictions/{training_dataset}.parquet",
    "runs/{reference}/seed{first_seed}/predictions/{training_dataset}.parquet",
    "data/{training_dataset}/manifest.parquet",
    "data/{training_dataset}/store-{resize}/index.parquet",
    "data/{training_dataset}/store-{resize}/store.json",
)
WIDTH = PAGE_WIDTH


def draw(results: Path) -> Figure:
    """Draw one row of pairs for each defender; of a pair, the attacker's better photo is first."""
    data = FigureData.open(results)
    players = [name for name in (data.paper.roles.baseline, data.reference) if name]
    missing = [name for name in players if not data.is_run(name)]
    if missing or not data.paper.competition:
        raise NothingToShowError(
            f"{results} has no run of {' and '.join(missing) or 'a baseline'}, which this figure "
            "shows; add it to the study's experiments",
            *data.not_run(players),
        )
    rounds = data.paper.competition
    figure = new_figure(WIDTH, 1.45 * len(rounds))
    rows = figure.subplots(len(rounds), 2 * len(rounds[0].pairs), squeeze=False)
    for row, entry in zip(rows, rounds, strict=True):
        images = [image for pair in entry.pairs for image in (pair.better, pair.worse)]
        photos = data.photos(data.training_dataset, [image.id for image in images])
        for axes, image, photo in zip(row, images, photos, strict=True):
            draw_photo(axes, entry, image, photo)
        row[0].set_ylabel(f"alike for {entry.defender}", fontsize=NOTE_SIZE)
    return figure


def draw_photo(axes: Axes, entry: Round, image: RatedImage, photo: Pixels) -> None:
    """Draw a photo under both scores and its true quality."""
    hide_frame(axes)
    axes.imshow(photo)
    scores = f"{entry.defender} {image.defender:.0f}, {entry.attacker} {image.attacker:.0f}"
    axes.set_title(f"{scores}\ntrue {image.quality:.0f}", fontsize=NOTE_SIZE, pad=2)
