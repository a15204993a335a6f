"""Check every claim of the published paper: what holds, what does not, what cannot be tested."""

from __future__ import annotations

import argparse
from pathlib import Path

from smartiqa.claims.ledger import as_markdown, check_files
from smartiqa.command_line import run_stage
from smartiqa.core.files import replace_atomically, write_json


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
    content = check_files(
        options.claims,
        options.published,
        options.complexity,
        options.values,
        options.timing,
        options.cost,
    )
    with replace_atomically(options.output.with_suffix(".md")) as temporary:
        temporary.write_text(as_markdown(content), encoding="utf-8")
    write_json(options.output, content)


if __name__ == "__main__":
    run_stage(main)
