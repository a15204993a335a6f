"""Measure one run: every measure on all test images, and as contents are left out in turn."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.core.files import write_json
from smartiqa.data.checks.near_pairs import near_training
from smartiqa.evaluation.scoring import score_predictions


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa score", description="measure predictions")
    parser.add_argument(
        "--predictions", nargs="+", type=Path, required=True, help="<dataset>.parquet"
    )
    parser.add_argument(
        "--alike", nargs="*", default=[], type=Path, help="<dataset>/checks/near_duplicates.csv"
    )
    parser.add_argument("--replicates", type=int, required=True, help="most groups of contents")
    parser.add_argument("--seed", type=int, required=True, help="of dealing contents into groups")
    parser.add_argument("--output", type=Path, required=True, help="metrics.json")
    arguments = parser.parse_args()
    tables: list[Path] = arguments.predictions
    alike = {path.parts[-3]: near_training(path) for path in arguments.alike}
    scores = {
        table.stem: score_predictions(
            table, arguments.replicates, arguments.seed, alike.get(table.stem, ())
        )
        for table in tables
    }
    write_json(arguments.output, scores)


if __name__ == "__main__":
    run_stage(main)
