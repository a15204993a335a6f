"""Measure how fast the models are on this machine: latency, throughput and, if it shows, energy."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.files import write_json
from smartiqa.evaluation.timing import measure


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa timing", description="time the models")
    parser.add_argument("--study", type=Path, required=True, help="YAML")
    parser.add_argument("--catalogue", type=Path, required=True, help="experiments.yaml")
    parser.add_argument("--seconds", type=float, default=0.5, help="least time of each measurement")
    parser.add_argument("--output", type=Path, required=True, help="timing.json")
    arguments = parser.parse_args()
    study, catalogue = load_study(arguments.study), load_catalogue(arguments.catalogue)
    write_json(arguments.output, measure(study, catalogue, arguments.seconds))


if __name__ == "__main__":
    run_stage(main)
