"""List the images that two datasets of a study have in common."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from smartiqa.core.files import replace_atomically
from smartiqa.data.checks.findings import verified_report
from smartiqa.data.checks.overlap import shared_images

LOG = logging.getLogger(__name__)


def list_shared_images(tables: Sequence[Path], output: Path) -> None:
    """Compare the images of all datasets and write those that occur in two.

    Args:
        tables: `<dataset>/checks/images.parquet` as the stage prepare writes it.
        output: CSV file.
    """
    found = shared_images(
        {table.parts[-3]: pd.read_parquet(verified_report(table)) for table in tables}
    )
    LOG.info("%d images are in two of %d datasets", len(found), len(tables))
    with replace_atomically(output) as temporary:
        found.to_csv(temporary, index=False)
