"""Gather every number that the paper may use into one file, `paper.json`."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.files import write_json
from smartiqa.evaluation.summary import collate


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa collate", description="gather all numbers")
    parser.add_argument("--study", type=Path, required=True, help="YAML")
    parser.add_argument("--catalogue", type=Path, required=True, help="experiments.yaml")
    parser.add_argument("--results", type=Path, required=True, help="results/<study>")
    parser.add_argument("--complexity", type=Path, required=True, help="JSON")
    parser.add_argument("--published", type=Path, required=True, help="published.yaml")
    parser.add_argument("--output", type=Path, required=True, help="paper.json")
    arguments = parser.parse_args()
    study, catalogue = load_study(arguments.study), load_catalogue(arguments.catalogue)
    content = collate(
        study, catalogue, arguments.results, arguments.complexity, arguments.published
    )
    write_json(arguments.output, content)


if __name__ == "__main__":
    run_stage(main)
