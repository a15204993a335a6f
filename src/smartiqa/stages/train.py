"""Train one experiment with one seed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.experiment import Experiment
from smartiqa.core.strict import validated
from smartiqa.training.run import train_run


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa train", description="train one experiment")
    parser.add_argument(
        "--experiment", type=json.loads, required=True, help="fields of config.Experiment"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--weights", type=Path, required=True, help="backbone, safetensors")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--shared", help="where finished runs are shared: folder, rsync target, URL"
    )
    arguments = parser.parse_args()
    experiment = validated(Experiment, arguments.experiment, "--experiment")
    train_run(**{**vars(arguments), "experiment": experiment})


if __name__ == "__main__":
    run_stage(main)
