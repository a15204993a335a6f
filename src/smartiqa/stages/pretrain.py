"""Teach a backbone what distortions look like: pretraining without human labels or downloads."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.config.experiment import Backbone, Pretraining, Synthesis
from smartiqa.core.strict import validated
from smartiqa.training.pretraining import pretrain


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa pretrain", description="pretrain a backbone")
    for name, kind in (("settings", Pretraining), ("synthesis", Synthesis), ("backbone", Backbone)):
        help_text = f"JSON, fields of config.{kind.__name__}"
        parser.add_argument(f"--{name}", type=json.loads, required=True, help=help_text)
    parser.add_argument("--crop", type=int, required=True, help="pixels")
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    arguments = parser.parse_args()
    pretrain(
        validated(Pretraining, arguments.settings, "--settings"),
        validated(Synthesis, arguments.synthesis, "--synthesis"),
        validated(Backbone, arguments.backbone, "--backbone"),
        arguments.crop,
        arguments.output,
    )


if __name__ == "__main__":
    run_stage(main)
