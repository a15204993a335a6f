"""Score the test images of one dataset with one trained run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.experiment import Testing
from smartiqa.core.strict import validated
from smartiqa.evaluation.prediction import load_run, predict_dataset


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa predict", description="score test images")
    parser.add_argument("--run", type=Path, required=True, help="folder of a trained run")
    parser.add_argument(
        "--testing", type=json.loads, required=True, help="JSON, fields of config.Testing"
    )
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--output", type=Path, required=True, help="parquet, one row an image")
    arguments = parser.parse_args()
    testing = validated(Testing, arguments.testing, "--testing")
    experiment, model = load_run(arguments.run)
    predict_dataset(
        experiment, model, testing, arguments.manifest, arguments.store, arguments.output
    )


if __name__ == "__main__":
    run_stage(main)
