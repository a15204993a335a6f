"""List the trainings of a study with the hours that they are estimated to take."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from smartiqa.command_line import run_stage
from smartiqa.core.yaml_files import read_yaml
from smartiqa.results.study_results import CONFIG, Results
from smartiqa.training.plan import (
    count_images,
    counted,
    described,
    list_trainings,
    speed_of_file,
    speed_of_paper,
    speed_of_runs,
)


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa trainings", description="list trainings with estimated hours"
    )
    parser.add_argument("--study", default="demo", help="name of the study (demo)")
    parser.add_argument("--measured", type=Path, help="JSON of benchmarks/gpu.py")
    arguments = parser.parse_args()
    results = Results.of(arguments.study)
    published = read_yaml(CONFIG / "published.yaml")
    measured = speed_of_file(arguments.measured) if arguments.measured is not None else None
    images = count_images(results, published)
    counts = counted(results)  # takes longest, so what can be missing was read before
    speed = (
        measured
        or speed_of_runs(results, images, counts["experiments"])
        or speed_of_paper(published, counts["published"])
    )
    rows = list_trainings(results, images, speed, counts["experiments"])
    sys.stdout.write(described(rows, images, speed))


if __name__ == "__main__":
    run_stage(main)
