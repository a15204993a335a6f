"""Typeset the rendered paper, and refuse a result that a reader should not see."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.paper.typesetting import typeset


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa typeset", description="typeset the paper")
    parser.add_argument("--source", type=Path, required=True, help="main.tex")
    parser.add_argument("--output", type=Path, required=True, help="main.pdf")
    typeset(**vars(parser.parse_args()))


if __name__ == "__main__":
    run_stage(main)
