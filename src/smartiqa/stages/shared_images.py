"""List the images that two datasets of a study have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.data.checks.shared_images import list_shared_images


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
