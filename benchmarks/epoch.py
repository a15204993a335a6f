"""A whole epoch beside its computation alone: what data and bookkeeping cost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.materials import CPU, experiment_of, fixed_batch, new_model, noise_store
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import quotient, spread, take_turns
from smartiqa.machine.precision import choose_precision
from smartiqa.machine.process import set_up_process
from smartiqa.training.batches import LabelledRows
from smartiqa.training.loop import train_epoch, train_step
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import build_optimiser

STEPS = 4
IMAGES = 16


def measure(options: Options) -> list[Line]:
    """Time epochs of every model and as many steps on a batch that is always the same."""
    set_up_process(options.cores, "cpu")
    with tempfile.TemporaryDirectory() as temporary:
        store = noise_store(IMAGES, Path(temporary))
        labels = np.random.default_rng(0).uniform(0, 100, IMAGES)
        data = LabelledRows(store, np.arange(IMAGES), labels)
        return [measure_model(name, data, options) for name in options.models]


def measure_model(name: str, data: LabelledRows, options: Options) -> Line:
    """Compare `train_epoch` with `train_step` alone."""
    experiment = experiment_of(name)
    settings = {"batch_size": options.batch, "train_crops": STEPS * options.batch // IMAGES}
    experiment = experiment.model_copy(
        update={"recipe": experiment.recipe.model_copy(update=settings)}
    )
    precision = choose_precision(experiment, CPU)
    model, recipe = new_model(experiment).train(), experiment.recipe
    optimiser = build_optimiser(recipe, model.backbone_parameters(), model.head_parameters())
    objective = Objective(recipe)
    images, labels = fixed_batch(experiment, options.batch)

    def compute_only() -> None:
        for _ in range(STEPS):
            train_step(model, optimiser, objective, images, Targets(labels), precision)

    def whole_epoch() -> None:
        train_epoch(experiment, model, optimiser, data, 0, 0, precision)

    seconds = take_turns({"compute": compute_only, "epoch": whole_epoch}, options.rounds)
    compute, epoch = (spread(values).median for values in seconds.values())
    return Line(
        f"{name}, epoch: speed, whole by compute only",
        quotient(seconds["compute"], seconds["epoch"]),
        options.rounds,
        f"{epoch:.2f} s by {compute:.2f} s; {STEPS} steps of {options.batch} crops, {precision}",
        goal=Goal(">=", 0.95),
    )
