"""What a GPU makes of the models: crops a second, share of its ceiling, memory, projected hours.

    python -m benchmarks.gpu                        the three sizes, and the hours of the matrix
    python -m benchmarks.gpu --device cpu --tiny    tries the script on a machine without a GPU

Needs nothing but the package, torch and timm, and no network: weights are random. The ceiling is
the fastest product of large bfloat16 matrices that this device is seen to make.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from benchmarks.materials import CONFIG, MODELS, rebuilt
from benchmarks.projection import Rates, forward_operations, hours, planned_work
from benchmarks.report import pipe_table, short
from benchmarks.timing import Spread, spread
from smartiqa.command_line import run_stage
from smartiqa.config.experiment import Experiment
from smartiqa.config.study import load_catalogue, load_study, resolve
from smartiqa.core.errors import InputError
from smartiqa.core.files import write_json
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.crops import normalise
from smartiqa.machine.environment import PACKAGES, device_name
from smartiqa.machine.precision import Precision, autocast, choose_precision, set_float32_products
from smartiqa.models.backbones import folded_batch_norms
from smartiqa.models.quality import QualityModel, build_model
from smartiqa.training.loop import train_step
from smartiqa.training.losses import loss_function
from smartiqa.training.optimisers import build_optimiser

HEADER = ("model", "work", "crops/s", "quartiles", "TFLOP/s", "of ceiling", "memory (GB)")


class Scale(NamedTuple):
    """How much is measured.

    Attributes:
        study: whose backbones and crop size are taken.
        matrix: side of the matrices whose product is the ceiling.
        training, prediction: crops a batch.
        steps: steps a block; their time is one measurement.
        blocks: measurements, after one to warm up.
    """

    study: str
    matrix: int
    training: int
    prediction: int
    steps: int
    blocks: int


FULL = Scale("koniq", matrix=8192, training=96, prediction=256, steps=20, blocks=5)
TINY = Scale("demo", matrix=128, training=2, prediction=2, steps=1, blocks=2)


class Speed(NamedTuple):
    """What one kind of work reached.

    Attributes:
        crops: a second.
        operations: a second, at the median.
        memory: at the peak, GB (0 where the device does not tell).
    """

    crops: Spread
    operations: float
    memory: float


def main() -> None:
    """Command line: see `--help`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--tiny", action="store_true", help="the demo's models, a step each")
    parser.add_argument("--compile", action="store_true", help="train with torch.compile")
    parser.add_argument("--training-batch", type=int)
    parser.add_argument("--prediction-batch", type=int)
    parser.add_argument("--output", type=Path, default=Path("results", "benchmarks", "gpu.json"))
    arguments = parser.parse_args()
    scale = TINY if arguments.tiny else FULL
    scale = scale._replace(
        training=arguments.training_batch or scale.training,
        prediction=arguments.prediction_batch or scale.prediction,
    )
    found = measure(device_called(arguments.device), scale, arguments.compile)
    write_json(arguments.output, found)
    sys.stdout.write("\n".join(described(found)) + "\n")


def device_called(name: str) -> torch.device:
    """Return the device.

    Raises:
        InputError: there is no GPU that PyTorch can use; says what is missing.
    """
    if name == "cuda" and not torch.cuda.is_available():
        built = torch.version.cuda
        lack = (
            f"PyTorch {torch.__version__} is built for CUDA {built}, but finds no GPU or driver"
            if built
            else f"PyTorch {torch.__version__} is built without CUDA"
        )
        raise InputError(f"{lack}; to try the script without a GPU: --device cpu --tiny")
    return torch.device(name)


def measure(device: torch.device, scale: Scale, compiled: bool = False) -> dict[str, Any]:
    """Measure all models on a device and project the koniq matrix from them."""
    study = load_study(CONFIG / f"{scale.study}.yaml")
    set_float32_products(study.compute.float32_products)
    catalogue = load_catalogue(CONFIG / "experiments.yaml")
    ceiling = matrix_ceiling(device, scale)
    models = {
        label: measure_model(resolve(study, catalogue, rebuilt(label)), device, scale, compiled)
        for label in MODELS
    }
    rates = {entry["role"]: Rates(*rates_of(entry)) for entry in models.values()}
    koniq, published = load_study(CONFIG / "koniq.yaml"), read_yaml(CONFIG / "published.yaml")
    return {
        "ceiling": ceiling,
        "compiled": compiled,
        "device": device_name(device),
        "hours": hours(planned_work(koniq, catalogue, published), rates, len(koniq.seeds)),
        "models": models,
        "scale": scale._asdict(),
        "seeds": len(koniq.seeds),
        "versions": versions(),
    }


def rates_of(entry: Mapping[str, Any]) -> tuple[float, float]:
    """Return the operations a second of training and of prediction."""
    return entry["training"]["operations"], entry["prediction"]["operations"]


def versions() -> dict[str, str]:
    """Return the versions that speed depends on."""
    from importlib.metadata import version

    return {name: version(name) for name in PACKAGES} | {"cuda": str(torch.version.cuda)}


def matrix_ceiling(device: torch.device, scale: Scale) -> float:
    """Return the most operations a second of a product of square bfloat16 matrices."""
    side = scale.matrix
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    seconds = block_seconds(lambda: a @ b, device, scale)
    return scale.steps * 2 * side**3 / min(seconds)


def measure_model(
    experiment: Experiment, device: torch.device, scale: Scale, compiled: bool
) -> dict[str, Any]:
    """Measure training and prediction of one model."""
    torch.manual_seed(0)
    model = build_model(experiment.model, experiment.backbone, experiment.crop).to(device)
    precision = choose_precision(experiment, device)
    forward = forward_operations(experiment)
    trained = cast(QualityModel, torch.compile(model)) if compiled else model
    training = speed(
        training_way(experiment, trained, device, scale.training, precision),
        (scale.training, 3 * forward),
        device,
        scale,
    )
    with folded_batch_norms(model.eval().backbone):
        prediction = speed(
            prediction_way(experiment, model, device, scale.prediction, precision),
            (scale.prediction, forward),
            device,
            scale,
        )
    return {
        "precision": precision,
        "role": experiment.model.backbone,
        "training": training._asdict() | {"crops": training.crops._asdict()},
        "prediction": prediction._asdict() | {"crops": prediction.crops._asdict()},
    }


def training_way(
    experiment: Experiment,
    model: QualityModel,
    device: torch.device,
    batch: int,
    precision: Precision,
) -> Callable[[], object]:
    """Return one step of the training loop, normalisation included."""
    recipe = experiment.recipe
    optimiser = build_optimiser(recipe, model.backbone_parameters(), model.head_parameters())
    criterion = loss_function(recipe.loss)
    pixels, labels = random_pixels(experiment, batch, device), 100 * torch.rand(batch).to(device)

    def step() -> None:
        model.train()
        images = normalise(pixels, experiment.backbone.mean, experiment.backbone.std, device)
        train_step(model, optimiser, criterion, images, labels, precision)

    return step


def prediction_way(
    experiment: Experiment,
    model: QualityModel,
    device: torch.device,
    batch: int,
    precision: Precision,
) -> Callable[[], object]:
    """Return the scoring of one batch by a model in evaluation mode, normalisation included."""
    pixels = random_pixels(experiment, batch, device)

    def score() -> None:
        with torch.inference_mode(), autocast(precision, device):
            model(normalise(pixels, experiment.backbone.mean, experiment.backbone.std, device))

    return score


def random_pixels(experiment: Experiment, batch: int, device: torch.device) -> Tensor:
    """Return noise (batch, crop, crop, 3), uint8, on the device as a resident store has it."""
    shape = (batch, experiment.crop, experiment.crop, 3)
    return torch.randint(0, 256, shape, dtype=torch.uint8).to(device)


def speed(
    way: Callable[[], object], work: tuple[int, int], device: torch.device, scale: Scale
) -> Speed:
    """Time a way whose work is (crops a step, operations a crop)."""
    crops, operations = work
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    seconds = block_seconds(way, device, scale)
    rates = spread([scale.steps * crops / value for value in seconds])
    memory = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else 0.0
    return Speed(rates, rates.median * operations, memory)


def block_seconds(way: Callable[[], object], device: torch.device, scale: Scale) -> list[float]:
    """Return the seconds of each block of steps, after one block to warm up."""
    seconds = []
    for _ in range(1 + scale.blocks):
        wait_for(device)
        started = time.perf_counter()
        for _ in range(scale.steps):
            way()
        wait_for(device)
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def wait_for(device: torch.device) -> None:
    """Wait until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def described(found: Mapping[str, Any]) -> list[str]:
    """Return the result as text with a Markdown table."""
    rows = [
        model_row(label, kind, entry[kind], found["ceiling"])
        for label, entry in found["models"].items()
        for kind in ("training", "prediction")
    ]
    total = sum(found["hours"].values())
    return [
        f"{found['device']}, PyTorch {found['versions']['torch']}; ceiling of bfloat16 matrix "
        f"products: {short(found['ceiling'] / 1e12)} TFLOP/s"
        + (", torch.compile" if found["compiled"] else ""),
        "",
        *pipe_table(HEADER, rows),
        "",
        f"Whole koniq matrix with {found['seeds']} seeds, {len(found['hours'])} experiments, no "
        f"early stopping: {short(total)} hours.",
    ]


def model_row(label: str, kind: str, speed: Mapping[str, Any], ceiling: float) -> list[str]:
    """Return the cells of one model's training or prediction."""
    crops, rate = speed["crops"], speed["operations"]
    return [
        label,
        kind,
        short(crops["median"]),
        f"{short(crops['low'])} to {short(crops['high'])}",
        short(rate / 1e12),
        f"{100 * rate / ceiling:.0f} %",
        f"{speed['memory']:.1f}" if speed["memory"] else "",
    ]


if __name__ == "__main__":
    run_stage(main)
