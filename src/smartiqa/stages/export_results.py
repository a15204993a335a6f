"""Pack the results of a study into one archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.sharing.travel import export_results


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa export-results",
        description="pack the results of a study into one archive, for another clone",
        epilog="example: smartiqa export-results demo -o demo.zip --without-stores",
    )
    parser.add_argument("study", help="name of the study")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the archive, .zip")
    for part, what in (("stores", "decoded pixels"), ("weights", "weights of networks")):
        parser.add_argument(
            f"--without-{part}",
            dest="leave_out",
            action="append_const",
            const=part,
            help=f"leave out the {what}: figures, tables and paper can do without",
        )
    arguments = parser.parse_args()
    contents = export_results(
        Path.cwd(), arguments.study, arguments.output, arguments.leave_out or []
    )
    print(f"{arguments.output}: {len(contents.files)} files, {len(contents.runs)} runs")


if __name__ == "__main__":
    run_stage(main)
