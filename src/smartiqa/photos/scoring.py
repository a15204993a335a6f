"""Score photos with a trained run or a released checkpoint.

Writes one row a photo: its quality (0 to 100), the spread over its crops, the interval for the true
quality where the model is calibrated, the attention by stage where it has a gate over stages, its
size, and why it has no score if it has none. See `smartiqa.photos`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from smartiqa.core.errors import InputError
from smartiqa.photos.heat_map import draw_heat_map
from smartiqa.photos.loading import load_model
from smartiqa.photos.model import PhotoModel, PhotoScore
from smartiqa.photos.request import Request
from smartiqa.photos.sheet import Ranked, draw_sheet
from smartiqa.photos.tables import Table, columns_of, open_table, row_of

LONGEST_STEM = 200  # bytes of the 255 that a file's name may have

logger = logging.getLogger(__name__)


def score_request(request: Request, given: int | None, profiles: bool) -> None:
    """Score the photos of a request, with so many crops or the model's, and say what it is worth.

    Raises:
        InputError: the model cannot be loaded, or at last, some photos could not be scored.
    """
    model = load_model(request.source, profiles=profiles)
    crops = given or model.usual_crops
    logger.info("model: %s", model.description)
    logger.info("interval: %s", model.margin.said_of(crops))
    logger.info("photos: %s", model.preparation(crops))
    photos = request.photos
    failed = score_images(model, photos, crops, request.table, request.sheet, request.explain)
    if failed:
        raise InputError(
            f"{failed} of {len(photos)} photos could not be scored; the column problem says why"
        )


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
    """Draw the heat map of a photo; the number of its row tells photos of one name apart.

    A map that cannot be drawn is warned of: it costs no scores.
    """
    title = f"{Path(score.file).name}: quality {score.quality:.1f}"
    stem = os.fsencode(Path(score.file).stem)[:LONGEST_STEM].decode(errors="ignore")
    try:
        draw_heat_map(model, Path(photo), title, folder / f"{number:05d}-{stem}.png")
    except (InputError, OSError) as problem:
        logger.warning("%s has no heat map: %s", score.file, problem)
