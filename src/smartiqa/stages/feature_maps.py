"""What the stages of a trained backbone respond to in a bad and in a good photo."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.evaluation.feature_maps import write_feature_maps


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa feature_maps", description="record what a backbone responds to"
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of a trained run")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--output", type=Path, required=True, help="the npz file to write")
    write_feature_maps(**vars(parser.parse_args()))


if __name__ == "__main__":
    run_stage(main)
