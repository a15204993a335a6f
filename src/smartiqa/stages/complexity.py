"""Count parameters, multiply-accumulates and generated weights; needs neither data nor weights."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.core.files import write_json
from smartiqa.models.complexity import count_experiments, count_published


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa complexity", description="count models")
    parser.add_argument("--study", type=Path, required=True, help="YAML")
    parser.add_argument("--catalogue", type=Path, required=True, help="experiments.yaml")
    parser.add_argument("--output", type=Path, required=True, help="JSON")
    arguments = parser.parse_args()
    write_json(
        arguments.output,
        {
            "experiments": count_experiments(arguments.study, arguments.catalogue),
            "published": count_published(),
        },
    )


if __name__ == "__main__":
    run_stage(main)
