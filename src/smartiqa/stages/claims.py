"""Check every claim of the published paper: what holds, what does not, what cannot be tested."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.claims.ledger import _read_results, as_markdown, check_claims
from smartiqa.claims.measured_times import MeasuredTimes
from smartiqa.claims.run_results import RunResults
from smartiqa.claims.schema import load_ledger
from smartiqa.command_line import run_stage
from smartiqa.core.files import replace_atomically, write_json
from smartiqa.core.yaml_files import read_yaml


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(
        prog="smartiqa claims", description="check every claim of the published paper"
    )
    parser.add_argument("--claims", type=Path, required=True, help="the ledger, claims.yaml")
    parser.add_argument("--published", type=Path, required=True, help="published.yaml")
    parser.add_argument("--complexity", type=Path, required=True, help="complexity.json")
    parser.add_argument("--values", type=Path, help="run results, paper.json")
    parser.add_argument("--timing", type=Path, help="times of the models, timing.json")
    parser.add_argument("--cost", type=Path, help="times of the trainings, cost.json")
    parser.add_argument("--output", type=Path, required=True, help="claims.json; .md goes beside")
    options = parser.parse_args()
    values, timing, cost = (
        _read_results(path) if path else None
        for path in (options.values, options.timing, options.cost)
    )
    content = check_claims(
        load_ledger(options.claims),
        read_yaml(options.published),
        _read_results(options.complexity)["published"],
        MeasuredTimes(RunResults(values), timing, cost),
        str(options.claims),
    )
    with replace_atomically(options.output.with_suffix(".md")) as temporary:
        temporary.write_text(as_markdown(content), encoding="utf-8")
    write_json(options.output, content)


if __name__ == "__main__":
    run_stage(main)
