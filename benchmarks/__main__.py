"""Measure everything, or what is named, and print and save one table.

python -m benchmarks                     everything but compile (about half an hour)
python -m benchmarks data training       only these
python -m benchmarks training --models SMART-Base
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.materials import MODELS
from benchmarks.measurements import MEASUREMENTS, ON_DEMAND, measure_apart
from benchmarks.options import Options
from benchmarks.report import HEADER, Report, machine_record, markdown, pipe_table
from smartiqa.cli import run_function
from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically
from smartiqa.core.json_files import write_json

OUTPUT = Path("results", "benchmarks")


def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help=", ".join(MEASUREMENTS))
    ] = None,
    models: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(MODELS)}; repeatable")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="of each measurement")] = Options.rounds,
    batch: Annotated[int, typer.Option(min=1, help="crops a training step")] = Options.batch,
    cores: Annotated[int, typer.Option(min=1, help="that PyTorch may use")] = Options.cores,
    output: Annotated[Path, typer.Option(help="folder of table and JSON")] = OUTPUT,
) -> None:
    """Measure everything but what takes long, or what is named; print and save one table.

    Example:
        python -m benchmarks training --models SMART-Base
    """
    for kind, given, known in (("measurement", names, MEASUREMENTS), ("model", models, MODELS)):
        for name in given or ():
            if name not in known:
                raise InputError(f"unknown {kind} '{name}' (valid: {', '.join(known)})")
    chosen = names or [name for name in MEASUREMENTS if name not in ON_DEMAND]
    options = Options(rounds, tuple(models or Options.models), batch, cores)
    reports = {}
    for name in chosen:
        reports[name] = measure_apart(name, options)
        show(name, reports[name])
    stem = "-".join(names or []) or "benchmarks"
    save(reports, options, output / stem)


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
    run_function(main, "python -m benchmarks")
