"""Measure how fast the models are on this machine: latency, throughput and, if it shows, energy.

Needs neither data nor trained weights: the time of a forward pass does not depend on them. Models
run as `smartiqa.models.inference` runs them. The result differs from call to call, so it has a file
of its own, which only the text and the claims about speed read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from smartiqa.config.catalogue import Catalogue
from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import planned_experiments as planned
from smartiqa.config.planned import resolve, roles_of
from smartiqa.config.study import Study
from smartiqa.core.strict import validated
from smartiqa.data.crops import normalise
from smartiqa.machine.hardware import energy_joules, hardware_record
from smartiqa.machine.precision import autocast, choose_precision, float32_products
from smartiqa.machine.process import set_up_for
from smartiqa.models.counting import PUBLISHED_CROP, published_configurations
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.inference import BATCH
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.results.records import Timing

WARM_UP = 2
LEAST_REPEATS = 5
PUBLISHED = ("HyperIQA", "SMART-Tiny", "SMART-Small", "SMART-Base")

Record = dict[str, Any]


def repeated(call: Callable[[], object], device: torch.device, seconds: float) -> list[float]:
    """Time `call` after a warm-up, at least five times and for at least so many seconds."""
    for _ in range(WARM_UP):
        call()
    durations: list[float] = []
    while len(durations) < LEAST_REPEATS or sum(durations) < seconds:
        _wait_for(device)
        started = time.perf_counter()
        call()
        _wait_for(device)
        durations.append(time.perf_counter() - started)
    return durations


def forward_pass(
    model: QualityModel, experiment: Experiment, batch: int, device: torch.device
) -> Callable[[], object]:
    """Return one forward pass of `batch` noisy crops, in the precision of the experiment."""
    side, backbone = experiment.crop, experiment.backbone
    pixels = torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8)
    images = normalise(pixels.to(device), backbone.mean, backbone.std, device)
    precision = choose_precision(experiment, device)

    def score() -> None:
        with torch.inference_mode(), autocast(precision, device):
            model(images)

    return score


def latency(experiment: Experiment, device: torch.device, seconds: float) -> Record:
    """Milliseconds of one crop by itself: median and quartiles over repeats."""
    model = build_model(experiment.model, experiment.backbone, experiment.crop).to(device).eval()
    with folded_batch_norms(model.backbone):
        durations = repeated(forward_pass(model, experiment, 1, device), device, seconds)
    low, median, high = (1e3 * float(q) for q in np.quantile(durations, [0.25, 0.5, 0.75]))
    return {
        "crop": experiment.crop,
        "precision": choose_precision(experiment, device),
        "milliseconds": median,
        "milliseconds_low": low,
        "milliseconds_high": high,
        "repeats": len(durations),
    }


def throughput(
    experiment: Experiment, device: torch.device, seconds: float, milliseconds: float
) -> Record:
    """Crops a second in prediction's batches, and the energy of one where the machine shows it.

    A batch is smaller if the latency (`milliseconds`) lets one expect that it takes over `seconds`.
    """
    batch = max(1, min(BATCH[device.type], round(1e3 * seconds / milliseconds)))
    model = build_model(experiment.model, experiment.backbone, experiment.crop).to(device).eval()
    with folded_batch_norms(model.backbone):
        before = energy_joules()
        durations = repeated(forward_pass(model, experiment, batch, device), device, seconds)
        after = energy_joules()
    record: Record = {"batch": batch, "images_per_second": batch / float(np.median(durations))}
    if before is not None and after is not None and after > before and device.type == "cpu":
        record["joules_per_image"] = (after - before) / batch / (len(durations) + WARM_UP)
    return record


def time_experiments(
    study: Study, catalogue: Catalogue, device: torch.device, seconds: float
) -> dict[str, Record]:
    """Time those of the experiments in the role `timed` that the study runs."""
    records: dict[str, Record] = {}
    timed = roles_of(study, catalogue).among(planned(study, catalogue)).timed
    for name in tqdm(timed, desc="timing", unit="model", disable=None):
        experiment = resolve(study, catalogue, name)
        alone = latency(experiment, device, seconds)
        many = throughput(experiment, device, seconds, alone["milliseconds"])
        records[name] = alone | many
    return records


def time_published(example: Experiment, device: torch.device, seconds: float) -> dict[str, Record]:
    """Time the published models one crop at a time, at their own 224 pixels."""
    found = {}
    for name in PUBLISHED:
        model, backbone = published_configurations()[name]
        changes = {"model": model, "backbone": backbone, "crop": PUBLISHED_CROP}
        found[name] = latency(example.model_copy(update=changes), device, seconds)
    return found


def measure(study: Study, catalogue: Catalogue, seconds: float) -> Timing:
    """Return the content of `timing.json`."""
    torch.manual_seed(0)
    device = set_up_for(study.compute)
    example = resolve(study, catalogue, planned(study, catalogue)[0])
    record = {
        "hardware": hardware_record(device),
        "threads": study.compute.threads,
        "float32_products": float32_products(),
        "largest_batch": BATCH[device.type],
        "energy": "counted" if energy_joules() is not None else "not measured",
        "experiments": time_experiments(study, catalogue, device, seconds),
        "published": time_published(example, device, seconds),
    }
    return validated(Timing, record, "timing")


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
