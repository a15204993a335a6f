"""All measurements by name, each run in a process of its own.

Its peak memory is then its own, and nothing that one leaves behind slows down the next.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor

from benchmarks.options import Options
from benchmarks.report import Report
from smartiqa.core.errors import InputError

MEASUREMENTS = {  # name -> module:function
    "data": "data_path:measure",
    "training": "training:measure",
    "prediction": "prediction:measure",
    "epoch": "epoch:measure",
    "store": "store:measure",
    "integrity": "integrity:measure",
    "memory": "memory:measure",
    "accuracy": "accuracy:measure",
    "matrix": "workflow:measure",
    "edits": "workflow:measure_demo",
    "compile": "compiled:measure",
    "demo": "workflow:measure_whole_demo",
}
ON_DEMAND = ("compile",)  # takes minutes, for what is off by default


def measure_apart(name: str, options: Options) -> Report:
    """Run a measurement in a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, name, options).result()


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
