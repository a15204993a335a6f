"""Simulate how often a difference between equally good models is called significant."""

from __future__ import annotations

import argparse
import sys

from smartiqa.command_line import run_stage
from smartiqa.core.errors import InputError
from smartiqa.evaluation.error_rates import IMAGES, OTHERS, SIMULATIONS, header, rates, row
from smartiqa.metrics.verdicts import (
    LEAST_CONTENTS,
    LEAST_SEEDS,
)


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="smartiqa error_rates", description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 5])
    parser.add_argument("--contents", nargs="+", type=int, default=[6, 20, 81, 2015])
    parser.add_argument("--images", type=int, help="images a content")
    parser.add_argument("--simulations", type=int, help="simulated studies for each line")
    arguments = parser.parse_args()
    if min(arguments.seeds) < 1 or min(arguments.contents) < 2:
        raise InputError("error rates are simulated for one seed or more and two contents or more")
    sys.stdout.write("\n".join([*header(), ""]))
    for contents in arguments.contents:
        images = arguments.images or IMAGES.get(contents, 1)
        simulations = arguments.simulations or SIMULATIONS.get(contents, OTHERS)
        for found in rates(arguments.seeds, contents, simulations, images):
            sys.stdout.write(f"{row(found)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"\nA verdict takes {LEAST_SEEDS} seeds each and {LEAST_CONTENTS} contents.\n")


if __name__ == "__main__":
    run_stage(main)
