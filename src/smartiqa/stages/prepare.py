"""Turn a raw dataset into its manifest: one row an image, one table for all datasets."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.data.preparation import prepare


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa prepare", description="write a manifest")
    parser.add_argument("--adapter", required=True, help="module in smartiqa.data.datasets")
    parser.add_argument("--root", type=Path, required=True, help="the dataset's folder")
    parser.add_argument("--options", type=json.loads, default={}, help="the adapter's options")
    parser.add_argument(
        "--split", type=json.loads, required=True, help="JSON, fields of studies.Split"
    )
    parser.add_argument("--needs", type=json.loads, default={}, help="JSON, fields of needs.Needs")
    parser.add_argument("--problems", choices=("strict", "skip"), default="strict")
    parser.add_argument(
        "--training", type=Path, help="checks/images.parquet of the dataset that is trained on"
    )
    parser.add_argument("--workers", type=int, default=1, help="threads that decode")
    parser.add_argument("--output", type=Path, required=True, help="manifest.parquet")
    arguments = parser.parse_args()
    prepare(**vars(arguments))


if __name__ == "__main__":
    run_stage(main)
