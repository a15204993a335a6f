"""Bring pretrained backbone weights into one form: timm's `features_only` names, safetensors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pydantic import RootModel

from smartiqa.command_line import run_stage
from smartiqa.config.experiment import (
    Backbone,
    Weights,
)
from smartiqa.core.strict import validated
from smartiqa.models.pretrained import prepare_weights


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa weights", description="bring weights into form")
    for name in ("backbone", "weights"):
        help_text = f"JSON, fields of config.{name.title()}"
        parser.add_argument(f"--{name}", type=json.loads, required=True, help=help_text)
    parser.add_argument("--crop", type=int, required=True, help="pixels")
    parser.add_argument("--output", type=Path, required=True, help="safetensors file")
    arguments = parser.parse_args()
    backbone = validated(Backbone, arguments.backbone, "--backbone")
    weights: Weights = validated(RootModel[Weights], arguments.weights, "--weights").root
    prepare_weights(backbone, weights, arguments.crop, arguments.output)


if __name__ == "__main__":
    run_stage(main)
