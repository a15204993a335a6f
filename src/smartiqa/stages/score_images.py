"""Score photos with a trained run or a released checkpoint."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.core.errors import InputError
from smartiqa.photos.listing import list_photos
from smartiqa.photos.model import CROPS, load_model
from smartiqa.photos.new_files import require_folder
from smartiqa.photos.scoring import EXAMPLES, score_images
from smartiqa.photos.sheet import check_sheet
from smartiqa.photos.tables import FORMATS, Table

logger = logging.getLogger(__name__)


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa score-images",
        description="score photos: quality from 0 to 100, its spread over crops, attention",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="photo, folder, pattern, or - for a list on stdin"
    )
    parser.add_argument(
        "--model", type=Path, help="folder of a run, or released checkpoint (the demo's C3)"
    )
    parser.add_argument("--crops", type=int, default=CROPS, help=f"crops a photo ({CROPS})")
    tables = parser.add_mutually_exclusive_group()
    for kind in FORMATS:
        tables.add_argument(f"--{kind}", type=Path, metavar="FILE", help=f"write {kind} to FILE")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="contact sheet, best to worst")
    parser.add_argument(
        "--explain", type=Path, metavar="FOLDER", help="for each photo a heat map of its quality"
    )
    arguments = parser.parse_args()
    if arguments.crops < 1:
        raise InputError(f"--crops {arguments.crops}: take 1 or more crops of a photo")
    table = next((Table(k, p) for k in FORMATS if (p := getattr(arguments, k))), None)
    if table:
        require_folder(table.path)
    if arguments.sheet:
        check_sheet(arguments.sheet)
    if arguments.explain:
        arguments.explain.mkdir(parents=True, exist_ok=True)
    photos = list_photos(arguments.paths, sys.stdin)
    model = load_model(arguments.model)
    logger.info("model: %s", model.description)
    failed = score_images(model, photos, arguments.crops, table, arguments.sheet, arguments.explain)
    if failed:
        raise InputError(
            f"{failed} of {len(photos)} photos could not be scored; the column problem says why"
        )


if __name__ == "__main__":
    run_stage(main)
