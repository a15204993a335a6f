"""Render one template of the paper with the values of a study."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.paper.rendering import read_values, render_part


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa render", description="render one template of the paper"
    )
    parser.add_argument("--template", type=Path, required=True, help="a .tex.j2 file")
    parser.add_argument("--values", type=Path, required=True, help="paper.json")
    parser.add_argument("--ledger", type=Path, help="claims.json")
    parser.add_argument("--timing", type=Path, help="timing.json")
    parser.add_argument("--cost", type=Path, help="cost.json")
    parser.add_argument("--output", type=Path, required=True, help="the .tex file")
    arguments = parser.parse_args()
    given = {name: getattr(arguments, name) for name in ("ledger", "timing", "cost")}
    render_part(arguments.template, read_values(arguments.values, **given), arguments.output)


if __name__ == "__main__":
    run_stage(main)
