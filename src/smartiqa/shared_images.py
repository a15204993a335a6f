"""List the images that two datasets of a study have in common."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from smartiqa.command_line import run_stage
from smartiqa.data.findings import verified_report
from smartiqa.data.overlap import shared_images
from smartiqa.files import replace_atomically

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


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa shared_images", description="list the images that two datasets share"
    )
    parser.add_argument(
        "--images", nargs="+", type=Path, required=True, help="<dataset>/checks/images.parquet"
    )
    parser.add_argument("--output", type=Path, required=True, help="CSV file")
    arguments = parser.parse_args()
    list_shared_images(arguments.images, arguments.output)


if __name__ == "__main__":
    run_stage(main)
