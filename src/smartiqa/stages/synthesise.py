"""Distort photos into two labelled datasets, in the manner of KADID-10k."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.experiment import Synthesis
from smartiqa.core.strict import validated
from smartiqa.data.synthetic.synthesis import synthesise


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa synthesise", description="distort photos")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON, fields of config.Synthesis"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--output", type=Path, required=True, help="gets single/ and mixed/")
    arguments = parser.parse_args()
    settings = validated(Synthesis, arguments.settings, "--settings")
    synthesise(settings, arguments.output, arguments.workers)


if __name__ == "__main__":
    run_stage(main)
