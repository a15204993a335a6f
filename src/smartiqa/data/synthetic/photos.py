"""The photos that a study distorts, and whose they are."""

from __future__ import annotations

import pandas as pd

from smartiqa.config.experiment import Synthesis
from smartiqa.core.errors import InputError
from smartiqa.core.tables import Columns, read_csv

LIST = "manifest.csv"
COLUMNS: Columns = dict.fromkeys(("file", "author", "licence"), "text")


def listed_photos(settings: Synthesis) -> pd.DataFrame:
    """Read which photos there are: file, author, licence.

    All three are needed at once, since whatever shows a photo later says whose it is.

    Raises:
        InputError: the list is missing, or lacks a column or something in one.
    """
    listed = settings.photos / LIST
    if not listed.is_file():
        raise InputError(f"{listed} is missing: it lists the photos and their licences")
    photos = read_csv(listed, COLUMNS, "")
    for column in COLUMNS:
        if (empty := photos[column].str.strip() == "").any():
            raise InputError(
                f"{listed}, row {empty.argmax() + 1}: it has no {column}; write it there"
            )
    return photos
