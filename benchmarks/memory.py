"""Peak memory of a training, with a small dataset and with one ten times as large.

Counted is the memory that belongs to the process (anonymous pages). The pages of the mapped store
belong to the operating system's file cache: it takes them back whenever memory is short, and all
trainings on a machine share them.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.materials import experiment_of, new_model, noise_store
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import quotient, spread
from smartiqa.machine.precision import Precision
from smartiqa.training.batches import LabelledRows
from smartiqa.training.loop import train_epoch
from smartiqa.training.optimisers import build_optimiser

SMALL, LARGE = 60, 600  # images of 590 kB
CROPS = 600  # in both cases: every page of the large store is touched
ROUNDS = 5
INTERVAL = 0.01  # seconds between two looks at the memory
SWIN = {"embed_dim": 24, "depths": [1, 1, 1, 1], "num_heads": [1, 2, 4, 8]}
PRECISION: Precision = "float32"  # buffers of the same size on every machine


def measure(options: Options) -> list[Line]:
    """Train an epoch of equally many steps on both stores, each time in a new process."""
    spawn = multiprocessing.get_context("spawn")
    peaks: dict[int, list[float]] = {SMALL: [], LARGE: []}
    with (
        tempfile.TemporaryDirectory() as temporary,
        ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as pool,
    ):
        for _ in range(ROUNDS):
            for images, values in peaks.items():
                folder = Path(temporary, str(images))
                values.append(pool.submit(peak_of_training, images, folder, options.batch).result())
    small, large = (spread(values).median for values in peaks.values())
    return [
        Line(
            f"training: peak memory with {LARGE} by {SMALL} images",
            quotient(peaks[LARGE], peaks[SMALL]),
            ROUNDS,
            f"{large:.0f} MB by {small:.0f} MB; {LARGE * 0.59:.0f} MB by {SMALL * 0.59:.0f} MB of "
            "pixels, a small Swin",
            goal=Goal("<=", 1.05),
        )
    ]


def peak_of_training(images: int, folder: Path, batch: int) -> float:
    """Train one epoch; return the most anonymous memory of this process, MB."""
    experiment = experiment_of("SMART-Tiny")
    experiment = experiment.model_copy(
        update={
            "backbone": experiment.backbone.model_copy(update={"options": SWIN}),
            "recipe": experiment.recipe.model_copy(
                update={"batch_size": batch, "train_crops": CROPS // images}
            ),
        }
    )
    data = LabelledRows(noise_store(images, folder), np.arange(images), np.linspace(0, 100, images))
    model = new_model(experiment)
    optimiser = build_optimiser(
        experiment.recipe, model.backbone_parameters(), model.head_parameters()
    )
    with PeakMemory() as peak:
        train_epoch(experiment, model, optimiser, data, 0, 0, PRECISION)
    return peak.megabytes


class PeakMemory:
    """Watches the anonymous memory of this process while a block runs."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.look()
        self._done.set()
        self._watcher.join()

    def look(self) -> None:
        """Take note of the memory in use now."""
        self.megabytes = max(self.megabytes, anonymous_megabytes())

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self.look()


def anonymous_megabytes() -> float:
    """Return the memory of this process that no file stands behind (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel does not tell the anonymous memory of a process")
