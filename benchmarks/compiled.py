"""Whether torch.compile pays: the step it gives, the time it takes, and after how many steps."""

from __future__ import annotations

import time
from typing import cast

import torch

from benchmarks.materials import CPU, experiment_of, fixed_batch, new_model
from benchmarks.options import Options
from benchmarks.report import Line
from benchmarks.timing import quotient, spread, take_turns
from benchmarks.training import step_of
from smartiqa.machine.precision import choose_precision
from smartiqa.machine.process import set_up_process
from smartiqa.models.quality import QualityModel


def measure(options: Options) -> list[Line]:
    """Compare compiled training steps with eager ones (needs a C++ compiler)."""
    set_up_process(options.cores, "cpu")
    return [measure_model(name, options) for name in options.models]


def measure_model(name: str, options: Options) -> Line:
    """Time the step of one model, compiled and as it is."""
    experiment = experiment_of(name)
    precision = choose_precision(experiment, CPU)
    images, labels = fixed_batch(experiment, options.batch)
    compiled = cast(QualityModel, torch.compile(new_model(experiment).train()))
    steps = {
        "eager": step_of(new_model(experiment).train(), experiment, images, labels, precision),
        "compiled": step_of(compiled, experiment, images, labels, precision),
    }
    started = time.perf_counter()
    steps["compiled"]()
    compilation = time.perf_counter() - started
    seconds = take_turns(steps, options.rounds)
    saved = spread(seconds["eager"]).median - spread(seconds["compiled"]).median
    pays = f"pays after {compilation / saved:,.0f} steps" if saved > 0 else "never pays"
    return Line(
        f"{name}, training step: speed, compiled by eager",
        quotient(seconds["eager"], seconds["compiled"]),
        options.rounds,
        f"compiling takes {compilation:.0f} s: {pays}; batch {options.batch}, {precision}",
    )
