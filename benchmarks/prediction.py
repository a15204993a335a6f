"""Scoring crops, beside the bare backbone and one crop at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.materials import (
    CPU,
    bare_backbone,
    experiment_of,
    fixed_batch,
    new_model,
    noise_store,
)
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import elsewhere, quotient, spread, take_turns
from smartiqa.config.experiment import Experiment, Testing
from smartiqa.data.crops import CropPlan, crop_batches, normalise
from smartiqa.data.store.pixel_store import PixelStore
from smartiqa.machine.precision import Precision, autocast, choose_precision
from smartiqa.machine.process import set_up_process
from smartiqa.models.inference import BATCH, place_crops, score_crops
from smartiqa.models.quality import QualityModel

IMAGES, CROPS = 32, 16  # a small test set; setting up costs once for all of it
SINGLE = 8  # crops that are scored one at a time

Way = Callable[[], object]


def measure(options: Options) -> list[Line]:
    """Time the scoring of crops in three ways."""
    set_up_process(options.cores, "cpu")
    with tempfile.TemporaryDirectory() as temporary:
        store = noise_store(IMAGES, Path(temporary))
        return [line for name in options.models for line in measure_model(name, store, options)]


def measure_model(name: str, store: PixelStore, options: Options) -> list[Line]:
    """Compare our scoring with the bare backbone's and with one crop at a time."""
    experiment = experiment_of(name)
    precision = choose_precision(experiment, CPU)
    placed = place_crops(store, np.arange(IMAGES), Testing(crops=CROPS), experiment.crop, 0)
    model, network = new_model(experiment).eval(), bare_backbone(experiment).eval()
    with elsewhere(published_way, experiment, options.cores) as published_scoring:
        seconds = take_turns(
            {
                "ours": our_way(experiment, model, store, placed, precision),
                "bare": bare_way(experiment, network, store, placed, precision),
                "published": published_scoring,
            },
            options.rounds,
        )
    seconds["published"] = [value * len(placed.rows) / SINGLE for value in seconds["published"]]
    ours, bare, published = (len(placed.rows) / spread(v).median for v in seconds.values())
    return [
        Line(
            f"{name}, prediction: time, ours by bare backbone",
            quotient(seconds["ours"], seconds["bare"]),
            options.rounds,
            f"{ours:.1f} by {bare:.1f} crops/s; batch {BATCH['cpu']}, {precision}; "
            "ours with data path",
            goal=Goal("<=", 1.02),
        ),
        Line(
            f"{name}, prediction: speed, ours by published way",
            quotient(seconds["published"], seconds["ours"]),
            options.rounds,
            f"{published:.1f} crops/s the published way (float32, one crop at a time)",
        ),
    ]


def our_way(
    experiment: Experiment,
    model: QualityModel,
    store: PixelStore,
    placed: CropPlan,
    precision: Precision,
) -> Way:
    """Return the scoring of `smartiqa.models.inference`, from the stored images to the scores."""
    return lambda: score_crops(model, experiment.backbone, store, placed, precision)


def bare_way(
    experiment: Experiment,
    network: nn.Module,
    store: PixelStore,
    placed: CropPlan,
    precision: Precision,
) -> Way:
    """Return the forward pass of the timm network alone on the same crops, ready as floats."""
    mean, std = experiment.backbone.mean, experiment.backbone.std
    batches = [
        normalise(batch, mean, std, CPU) for batch in crop_batches(store, placed, BATCH["cpu"])
    ]

    def way() -> None:
        with torch.inference_mode(), autocast(precision, CPU):
            for batch in batches:
                network(batch)

    return way


def published_way(experiment: Experiment, threads: int) -> Way:
    """Return the published scoring: float32, contiguous, one crop at a time, decoding left out."""
    torch.set_num_threads(threads)
    model = new_model(experiment).eval()
    images, _ = fixed_batch(experiment, SINGLE)
    crops = torch.split(images.contiguous(), 1)

    def way() -> None:
        with torch.no_grad():
            for crop in crops:
                model(crop).scores.item()

    return way
