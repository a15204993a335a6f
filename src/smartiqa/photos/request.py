"""What a command line asks for, checked before anything is loaded that takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from smartiqa.core.errors import InputError
from smartiqa.photos.listing import list_photos
from smartiqa.photos.new_files import require_folder
from smartiqa.photos.sheet import check_sheet
from smartiqa.photos.sources import find_source
from smartiqa.photos.tables import Table


class Request(NamedTuple):
    """Photos to score, with what, and what to write.

    Attributes:
        photos: files.
        source: a run, an exported folder or a checkpoint.
        table: of the scores; None writes CSV to standard output.
        sheet: the contact sheet.
        explain: folder of heat maps, which is there.
    """

    photos: list[str]
    source: Path
    table: Table | None
    sheet: Path | None
    explain: Path | None


def check_request(
    paths: Sequence[str],
    listed: Iterable[str],
    model: Path | None,
    table: Table | None,
    sheet: Path | None,
    explain: Path | None,
) -> Request:
    """Find the photos that `paths` mean (`-`: those `listed`), and the model.

    Raises:
        InputError: a photo, the model or a folder to write to does not exist, or a photo would be
            written over.
    """
    if table:
        require_folder(table.path)
    if sheet:
        check_sheet(sheet)
    photos = list_photos(paths, listed)
    _spare(photos, [table.path if table else None, sheet])
    source = find_source(model)
    if explain:
        explain.mkdir(parents=True, exist_ok=True)
    return Request(photos, source, table, sheet, explain)


def _spare(photos: Iterable[str], outputs: Iterable[Path | None]) -> None:
    """Refuse to write over a photo."""
    places = {os.path.realpath(output) for output in outputs if output and output.exists()}
    for photo in photos if places else ():
        if os.path.realpath(photo) in places:
            raise InputError(f"{photo} is a photo to score; name another file to write")
