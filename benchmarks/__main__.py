"""Measure everything, or what is named, and print and save one table.

python -m benchmarks                     everything but compile (about half an hour)
python -m benchmarks data training       only these
python -m benchmarks training --models SMART-Base
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from smartiqa.command_line import run_stage

from benchmarks.materials import MODELS
from benchmarks.measurements import MEASUREMENTS, ON_DEMAND, measure_apart
from benchmarks.options import Options
from benchmarks.report import HEADER, Report, machine_record, markdown, pipe_table
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, write_json

OUTPUT = Path("results", "benchmarks")


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=Options.models)
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--batch", type=int, default=Options.batch, help="crops a training step")
    parser.add_argument("--cores", type=int, default=Options.cores)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder of table and JSON")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in MEASUREMENTS:
            raise InputError(f"unknown measurement '{name}' (valid: {', '.join(MEASUREMENTS)})")
    names = arguments.names or [name for name in MEASUREMENTS if name not in ON_DEMAND]
    options = Options(arguments.rounds, tuple(arguments.models), arguments.batch, arguments.cores)
    reports = {}
    for name in names:
        reports[name] = measure_apart(name, options)
        show(name, reports[name])
    stem = "-".join(arguments.names) or "benchmarks"
    save(reports, options, arguments.output / stem)


def show(name: str, report: Report) -> None:
    """Print the lines of a measurement as soon as they are there."""
    rows = [line.cells() for line in report.lines]
    table = pipe_table(HEADER, rows) if rows else [f"not measured: {report.missing}"]
    sys.stdout.write("\n".join([f"{name} ({report.seconds:.0f} s)", *table, "", ""]))
    sys.stdout.flush()


def save(reports: dict[str, Report], options: Options, stem: Path) -> None:
    """Write `<stem>.json` and `<stem>.md`."""
    machine = machine_record() | {"threads": options.cores}
    write_json(
        stem.with_suffix(".json"),
        {
            "machine": machine,
            "measurements": {
                name: {
                    "lines": [line.record() for line in report.lines],
                    "missing": report.missing,
                    "peak_memory_mb": report.peak_memory_mb,
                    "seconds": round(report.seconds, 1),
                }
                for name, report in reports.items()
            },
        },
    )
    with replace_atomically(stem.with_suffix(".md")) as temporary:
        temporary.write_text(markdown(reports, machine), encoding="utf-8")
    sys.stdout.write(f"{stem.with_suffix('.md')}\n")


if __name__ == "__main__":
    run_stage(main)
