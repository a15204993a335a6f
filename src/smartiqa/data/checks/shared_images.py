"""List the images that two datasets of a study have in common."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.data.checks.overlap import read_images, shared_images

LOG = logging.getLogger(__name__)


def list_shared_images(tables: Sequence[Path], output: Path) -> None:
    """Compare the images of all datasets and write those that occur in two.

    Args:
        tables: `<dataset>/checks/images.parquet` as the stage prepare writes it.
        output: CSV file.

    Raises:
        InputError: a table is damaged or something else, or two are of one dataset.
    """
    datasets = [table.absolute().parent.parent.name for table in tables]
    for place, name in enumerate(datasets):
        if name in datasets[:place]:
            raise InputError(f"{tables[place]} is another table of '{name}'; give each one once")
    images = [read_images(table) for table in tables]
    found = shared_images(dict(zip(datasets, images, strict=True)))
    LOG.info("%d images are in two of %d datasets", len(found), len(tables))
    with replace_atomically(output) as temporary:
        found.to_csv(temporary, index=False)
