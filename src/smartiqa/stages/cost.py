"""Add up what the trainings of a study took, from the record that each left of its machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.files import write_json
from smartiqa.evaluation.cost import cost
from smartiqa.results.study_results import Results


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa cost", description="add up what runs took")
    parser.add_argument("--study", type=Path, required=True, help="YAML")
    parser.add_argument("--catalogue", type=Path, required=True, help="experiments.yaml")
    parser.add_argument("--results", type=Path, required=True, help="results/<study>")
    parser.add_argument("--output", type=Path, required=True, help="cost.json")
    arguments = parser.parse_args()
    study, catalogue = load_study(arguments.study), load_catalogue(arguments.catalogue)
    write_json(arguments.output, cost(Results(arguments.results, study, catalogue)))


if __name__ == "__main__":
    run_stage(main)
