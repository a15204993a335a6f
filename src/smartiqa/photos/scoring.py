"""Score photos with a trained run or a released checkpoint.

Writes one row a photo: its quality (0 to 100), the spread over its crops, the interval for the true
quality where the model is calibrated, the attention by stage where it has a gate over stages, its
size, and why it has no score if it has none. See `smartiqa.photos`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from smartiqa.core.errors import InputError
from smartiqa.photos.heat_map import draw_heat_map
from smartiqa.photos.listing import list_photos
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import CROPS, PhotoModel, PhotoScore
from smartiqa.photos.new_files import require_folder
from smartiqa.photos.sheet import Ranked, check_sheet, draw_sheet
from smartiqa.photos.tables import Table, columns_of, open_table, row_of

logger = logging.getLogger(__name__)


def score_paths(
    paths: Sequence[str],
    listed: Iterable[str],
    run: Path | None,
    crops: int | None,
    table: Table | None,
    sheet: Path | None,
    explain: Path | None,
    profiles: bool,
) -> None:
    """Score the photos that `paths` mean (`-`: those `listed`) with a run, by default the demo's.

    What cannot be written is told before anything is scored.

    Raises:
        InputError: a path or folder does not exist, a photo would be written over, the model cannot
            be loaded, or at last, some photos could not be scored.
    """
    if table:
        require_folder(table.path)
    if sheet:
        check_sheet(sheet)
    if explain:
        explain.mkdir(parents=True, exist_ok=True)
    photos = list_photos(paths, listed)
    _spare(photos, [table.path if table else None, sheet])
    model = load_model(run, profiles=profiles)
    logger.info("model: %s", model.description)
    logger.info("interval: %s", model.margin.said)
    failed = score_images(model, photos, crops or CROPS, table, sheet, explain)
    if failed:
        raise InputError(
            f"{failed} of {len(photos)} photos could not be scored; the column problem says why"
        )


def _spare(photos: Iterable[str], outputs: Iterable[Path | None]) -> None:
    """Refuse to write over a photo."""
    places = {os.path.realpath(output) for output in outputs if output and output.exists()}
    for photo in photos if places else ():
        if os.path.realpath(photo) in places:
            raise InputError(f"{photo} is a photo to score; name another file to write")


def score_images(
    model: PhotoModel,
    photos: Sequence[str],
    crops: int,
    table: Table | None,
    sheet: Path | None,
    explain: Path | None,
) -> int:
    """Score photos and write what is asked for; return how many could not be scored.

    Only what the sheet needs of each photo is kept, so the memory does not grow with the photos.
    """
    ranked: list[Ranked] = []
    failed = 0
    columns = columns_of(model)
    with open_table(table, columns) as write:
        scores = model.score_many(photos, crops)
        progress = tqdm(scores, total=len(photos), unit="photo", disable=None, file=sys.stderr)
        for number, score in enumerate(progress, start=1):
            write(row_of(score, columns))
            failed += bool(score.problem)
            if score.problem:
                continue
            if sheet:
                ranked.append(Ranked(score.quality, score.spread, photos[number - 1]))
            if explain:
                _explain(model, photos[number - 1], score, explain, number)
    if sheet and ranked:
        draw_sheet(ranked, _sheet_title(len(ranked), model), sheet)
    return failed


def _sheet_title(count: int, model: PhotoModel) -> str:
    return f"{count} photos, best first: quality ± spread over crops. Model: {model.description}"


def _explain(model: PhotoModel, photo: str, score: PhotoScore, folder: Path, number: int) -> None:
    """Draw the heat map of a photo; the number of its row tells photos of one name apart."""
    title = f"{Path(score.file).name}: quality {score.quality:.1f}"
    draw_heat_map(model, Path(photo), title, folder / f"{number:05d}-{Path(score.file).stem}.png")
