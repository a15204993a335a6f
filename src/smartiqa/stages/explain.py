"""Print the chain from raw data to one table, figure, section or number of the paper."""

from __future__ import annotations

import argparse
import sys

from smartiqa.command_line import run_stage
from smartiqa.explanation.subjects import OTHER_FILES, explain
from smartiqa.paper.rendering import read_values
from smartiqa.results.study_results import Results


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa explain",
        description="print the chain from raw data to a table, a figure, a section or a number",
    )
    parser.add_argument(
        "name", help="tables/ablation, figures/losses, sections/results, or a path in paper.json"
    )
    parser.add_argument("--study", default="demo", help="name of the study (demo)")
    parser.add_argument("--values", action="store_true", help="list every value that it reads")
    arguments = parser.parse_args()
    results = Results.of(arguments.study)
    others = {key: results.folder / file for key, file in OTHER_FILES.items()}
    values = read_values(
        results.folder / "paper.json",
        **{key: path if path.is_file() else None for key, path in others.items()},
    )
    sys.stdout.write(explain(arguments.name, results, values, arguments.values))


if __name__ == "__main__":
    run_stage(main)
