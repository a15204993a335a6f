"""Measure everything, or what is named, and print and save one table.

python -m benchmarks                     everything but compile and demo (about ten minutes)
python -m benchmarks data training       only these
python -m benchmarks training --models SMART-Base
"""

from __future__ import annotations

import argparse
import importlib
import logging
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.materials import MODELS
from benchmarks.options import Options
from benchmarks.report import HEADER, Report, machine_record, markdown, pipe_table
from smartiqa.command_line import run_stage
from smartiqa.errors import InputError
from smartiqa.files import replace_atomically, write_json

MEASUREMENTS = {  # name -> module:function
    "data": "data_path:measure",
    "training": "training:measure",
    "prediction": "prediction:measure",
    "epoch": "epoch:measure",
    "store": "store:measure",
    "memory": "memory:measure",
    "accuracy": "accuracy:measure",
    "matrix": "workflow:measure",
    "edits": "workflow:measure_demo",
    "compile": "compiled:measure",
    "demo": "workflow:measure_whole_demo",
}
ON_DEMAND = ("compile", "demo")  # minutes each
OUTPUT = Path("results", "benchmarks")

logger = logging.getLogger("benchmarks")


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
    reports = {name: measure_apart(name, options) for name in names}
    stem = "-".join(arguments.names) or "benchmarks"
    save(reports, options, arguments.output / stem)


def measure_apart(name: str, options: Options) -> Report:
    """Run a measurement in a process of its own and print its lines."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn) as pool:
        report = pool.submit(measure, name, options).result()
    rows = [line.cells() for line in report.lines]
    table = pipe_table(HEADER, rows) if rows else [f"not measured: {report.missing}"]
    sys.stdout.write("\n".join([f"{name} ({report.seconds:.0f} s)", *table, "", ""]))
    sys.stdout.flush()
    return report


def measure(name: str, options: Options) -> Report:
    """Run a measurement in this process."""
    os.environ["TQDM_DISABLE"] = "1"
    import torch

    torch.set_num_threads(options.cores)
    module, function = MEASUREMENTS[name].split(":")
    started, missing = time.monotonic(), ""
    try:
        lines = getattr(importlib.import_module(f"benchmarks.{module}"), function)(options)
    except InputError as error:
        lines, missing = [], str(error)
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return Report(tuple(lines), time.monotonic() - started, kilobytes // 1000, missing)


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
