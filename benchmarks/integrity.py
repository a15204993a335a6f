"""What digests cost: stages with them, by the same stages without.

Ways that are timed one after the other differ by more than this. So every stage really runs, in a
process of its own from its start to its files, and the processor time inside the functions that
make digests is taken out of its own.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.materials import CONFIG, SQUASH, write_photos
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import Way, spread
from smartiqa.config.backbone import RandomWeights
from smartiqa.config.experiment import Experiment, Testing
from smartiqa.config.planned import resolve, roles_of
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.data.manifest import read_manifest
from smartiqa.data.preparation import prepare
from smartiqa.data.store.building import build_store
from smartiqa.evaluation.prediction import load_run, predict_dataset
from smartiqa.evaluation.scoring import score_predictions
from smartiqa.models.pretrained import prepare_weights
from smartiqa.training.run import train_run

PHOTOS, ROUNDS = 160, 3
DIGESTS = (
    "smartiqa.core.files.sha256_of",
    "smartiqa.training.run_data.sha256_of",
    "smartiqa.data.store.pixel_store.digest_of",
    "smartiqa.data.store.building.digest_of",
)
SPLIT = {"kind": "official", "fractions": [0.7, 0.1, 0.2], "round": 0, "seed": 0}


def measure(options: Options) -> list[Line]:
    """Run the stages of the demo's main training on photos of KonIQ's size."""
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        photos = write_labelled(Path(temporary, "photos"))
        for number in range(ROUNDS):
            for name, stage in stages(photos, Path(temporary, str(number)), options).items():
                found.setdefault(name, []).append(timed(stage))
    return [line(name, values) for name, values in found.items()]


def line(name: str, values: list[tuple[float, float]]) -> Line:
    """Return the line of a stage from the seconds that it took and those for digests."""
    took, digests = (spread(column) for column in zip(*values, strict=True))
    return Line(
        f"{name}: with digests by without",
        spread([whole / (whole - inside) for whole, inside in values]),
        len(values),
        f"{1000 * digests.median:.1f} ms of {took.median:.2f} s of processor time",
        goal=Goal("<=", 1.02),
    )


def timed(stage: Way) -> tuple[float, float]:
    """Run a stage in a new process: its seconds of processor time, and those of its digests."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(run_watched, stage).result()


def run_watched(stage: Way) -> tuple[float, float]:
    """Run a stage in this process; see `timed`."""
    with watched() as inside:
        stage()
    return time.process_time(), sum(inside)


@contextmanager
def watched() -> Iterator[list[float]]:
    """Collect the seconds of processor time of every digest that is made."""
    seconds: list[float] = []

    def watch(function: Callable[..., str]) -> Callable[..., str]:
        def call(*arguments: Any) -> str:
            started = time.thread_time()
            try:
                return function(*arguments)
            finally:
                seconds.append(time.thread_time() - started)

        return call

    with ExitStack() as patches:
        for place in DIGESTS:
            module, _, name = place.rpartition(".")
            original = getattr(__import__(module, fromlist=[name]), name)
            patches.enter_context(patch(place, watch(original)))
        yield seconds


def stages(photos: Path, folder: Path, options: Options) -> dict[str, Way]:
    """Return the stages from photos to metrics, each of which needs the ones before."""
    results = folder / "results" / "benchmark"
    manifest, store = results / "manifest.parquet", results / "store-squash"
    experiment = demo_experiment(options)
    weights, run = (
        results / "weights" / "swin.safetensors",
        results / "runs" / experiment.id / "seed1",
    )
    predictions = run / "predictions" / "photos.parquet"
    scale = {"low": 0, "high": 100}
    random = RandomWeights(source="random")
    return {
        "prepare": partial(
            prepare, "folder", photos, scale, SPLIT, "strict", options.cores, manifest
        ),
        "store": partial(store_photos, manifest, photos, store, options.cores),
        "weights": partial(prepare_weights, experiment.backbone, random, experiment.crop, weights),
        "train": partial(train_run, experiment, 1, manifest, store, weights, run),
        "predict": partial(predict_run, run, manifest, store, predictions),
        "score": partial(score_predictions, predictions, 1000, 0),
    }


def store_photos(manifest: Path, photos: Path, store: Path, workers: int) -> None:
    """Run the stage store."""
    build_store(read_manifest(manifest), photos, store, SQUASH, workers)


def predict_run(run: Path, manifest: Path, store: Path, output: Path) -> None:
    """Run the stage predict."""
    predict_dataset(*load_run(run), Testing(crops=5), manifest, store, output)


def demo_experiment(options: Options) -> Experiment:
    """Return the demo's main training: the shorter a stage, the more digests weigh."""
    study, catalogue = load_study(CONFIG / "demo.yaml"), load_catalogue(CONFIG / "experiments.yaml")
    experiment = resolve(study, catalogue, roles_of(study, catalogue).reference)
    compute = {"device": "cpu", "threads": options.cores, "precision": "float32"}
    return experiment.model_copy(update={"compute": experiment.compute.model_copy(update=compute)})


def write_labelled(folder: Path) -> Path:
    """Write photos with random scores, three of five for training."""
    photos = write_photos(folder, PHOTOS)
    scores = np.random.default_rng(0).uniform(0, 100, PHOTOS)
    splits = [("train", "train", "train", "validation", "test")[n % 5] for n in range(PHOTOS)]
    labels = pd.DataFrame({"image": [p.name for p in photos], "score": scores, "split": splits})
    labels.to_csv(folder / "labels.csv", index=False)
    return folder
