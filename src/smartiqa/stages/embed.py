"""Where the target networks of a run lie: PCA of the generated weights, and how they separate."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.evaluation.embedding import embed


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa embed", description="embed generated weights")
    parser.add_argument("--run", type=Path, required=True, help="folder of a trained run")
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder of the pixel store")
    parser.add_argument("--weights", type=Path, required=True, help="pretrained backbone")
    parser.add_argument("--output", type=Path, required=True, help="parquet, one row an image")
    embed(**vars(parser.parse_args()))


if __name__ == "__main__":
    run_stage(main)
