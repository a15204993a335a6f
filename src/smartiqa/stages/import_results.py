"""Bring the results in an archive to where Snakemake finds them."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.sharing.travel import import_results


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa import-results",
        description="check an archive of results and put them into this clone",
        epilog="example: smartiqa import-results demo.zip && snakemake -n",
    )
    parser.add_argument("archive", type=Path, help="made by smartiqa export-results")
    parser.add_argument(
        "--replace", action="store_true", help="give up results that are here and differ"
    )
    arguments = parser.parse_args()
    contents = import_results(Path.cwd(), arguments.archive, arguments.replace)
    print(
        f"{len(contents.files)} files and {len(contents.runs)} runs of the study "
        f"'{contents.study}' are in place; `snakemake -n --config study={contents.study}` "
        "says what differs here"
    )


if __name__ == "__main__":
    run_stage(main)
