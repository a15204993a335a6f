"""What a GPU makes of the models: crops a second, share of its ceiling, memory, projected hours.

    python -m benchmarks.gpu                        every model, and the hours of the matrix
    python -m benchmarks.gpu --device cpu --tiny    tries the script on a machine without a GPU

Needs nothing but the package, torch and timm, and no network: weights are random. The ceiling is
the fastest product of large bfloat16 matrices that this device is seen to make. A row of the table
is printed as soon as it is measured. Operations are those of the whole model, so the bare backbone,
which has no head, makes a little less of the ceiling than its row says.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

import torch
import typer

from benchmarks.materials import CONFIG, MODELS, fixed_batch, fixed_pixels, new_model, rebuilt
from benchmarks.projection import Rates, forward_operations, hours, planned_work
from benchmarks.report import pipe_table, short
from benchmarks.timing import Spread, spread
from benchmarks.training import bare_step, published_step_on
from smartiqa.cli import run_function
from smartiqa.config.experiment import Experiment
from smartiqa.config.planned import resolve
from smartiqa.config.study import load_catalogue, load_study
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import write_json
from smartiqa.core.yaml_files import read_yaml
from smartiqa.data.crops import normalise
from smartiqa.machine.environment import PACKAGES, device_name
from smartiqa.machine.precision import Precision, autocast, choose_precision
from smartiqa.machine.process import set_up_process
from smartiqa.models.folding import folded_batch_norms
from smartiqa.models.quality import QualityModel
from smartiqa.training.captured import CapturedSteps, CudaGraphs, TrainStep
from smartiqa.training.loop import train_step
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import build_optimiser

OUTPUT = Path("results", "benchmarks", "gpu.json")
COLUMNS = {  # with their widths: a row is printed before the next one is known
    "model": 18,
    "work": 31,
    "crops/s": 8,
    "quartiles": 18,
    "TFLOP/s": 8,
    "of ceiling": 10,
    "memory (GB)": 11,
}


class Scale(NamedTuple):
    """How much is measured.

    Attributes:
        study: whose backbones and crop size are taken.
        matrix: side of the matrices whose product is the ceiling.
        training: crops a batch; None for the recipe's.
        prediction: crops a batch.
        steps: steps a block; their time is one measurement.
        blocks: measurements, after one to warm up.
    """

    study: str
    matrix: int
    training: int | None
    prediction: int
    steps: int
    blocks: int


FULL = Scale("koniq", matrix=8192, training=None, prediction=256, steps=20, blocks=5)
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


Row = tuple[str, Speed]  # what was measured, and how fast it is
Tell = Callable[[Row], None]


def main(
    device: Annotated[Literal["cuda", "cpu"], typer.Option(help="what computes")] = "cuda",
    tiny: Annotated[bool, typer.Option("--tiny", help="the demo's models, a step each")] = False,
    compiled: Annotated[bool, typer.Option("--compile", help="train with torch.compile")] = False,
    training_batch: Annotated[int | None, typer.Option(min=1, help="crops a training step")] = None,
    prediction_batch: Annotated[
        int | None, typer.Option(min=1, help="crops that are scored at once")
    ] = None,
    output: Annotated[Path, typer.Option(help="JSON")] = OUTPUT,
) -> None:
    """Measure training and prediction on a GPU, and how long the koniq study takes on it.

    Example:
        python -m benchmarks.gpu --compile
    """
    scale = TINY if tiny else FULL
    scale = scale._replace(
        training=training_batch or scale.training,
        prediction=prediction_batch or scale.prediction,
    )
    found = measure(device_called(device), scale, compiled, tell=say)
    write_json(output, found)
    say(conclusion(found))


def say(line: str) -> None:
    """Print a line now, also into a pipe: a session on a GPU may end at any time."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


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


def measure(
    device: torch.device, scale: Scale, compiled: bool = False, tell: Callable[[str], None] = say
) -> dict[str, Any]:
    """Measure all models on a device and project the koniq matrix from them."""
    study = load_study(CONFIG / f"{scale.study}.yaml")
    kind: Literal["cuda", "cpu"] = "cuda" if device.type == "cuda" else "cpu"
    set_up_process(torch.get_num_threads(), kind, study.compute.float32_products)
    catalogue = load_catalogue(CONFIG / "experiments.yaml")
    ceiling = matrix_ceiling(device, scale)
    tell(
        f"{device_name(device)}, PyTorch {torch.__version__}; ceiling of bfloat16 matrix products: "
        f"{short(ceiling / 1e12)} TFLOP/s\n"
    )
    for line in pipe_table([name.ljust(width) for name, width in COLUMNS.items()], []):
        tell(line)
    models = {}
    for label in MODELS:
        experiment = resolve(study, catalogue, rebuilt(label))
        in_table = rows_of(label, ceiling, tell)
        models[label] = measure_model(experiment, device, scale, compiled, in_table)
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
    experiment: Experiment,
    device: torch.device,
    scale: Scale,
    compiled: bool,
    tell: Callable[[Row], None],
) -> dict[str, Any]:
    """Measure the ways of training one model, then prediction; `tell` hears of each at once."""
    precision = choose_precision(experiment, device)
    forward = forward_operations(experiment)
    batch = scale.training or experiment.recipe.batch_size
    ways: dict[str, Speed] = {}

    def take(name: str, way: Callable[[], object], crops: int, operations: int) -> None:
        ways[name] = speed(way, (crops, operations), device, scale)
        tell((name, ways[name]))

    for name, way in training_ways(experiment, device, batch, precision, compiled):
        take(name, way, batch, 3 * forward)
    *_, training = ways.values()
    model = new_model(experiment).to(device).eval()
    with folded_batch_norms(model.backbone):
        way = prediction_way(experiment, model, device, scale.prediction, precision)
        take("prediction", way, scale.prediction, forward)
    return {
        "precision": precision,
        "role": experiment.model.backbone,
        "batch": batch,
        "training": plain(training),
        "prediction": plain(ways["prediction"]),
        "ways": {name: plain(found) for name, found in ways.items()},
    }


def plain(speed: Speed) -> dict[str, Any]:
    """Return a speed as JSON has it."""
    return speed._asdict() | {"crops": speed.crops._asdict()}


def training_ways(
    experiment: Experiment, device: torch.device, batch: int, precision: Precision, compiled: bool
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the ways in which a step can be taken; the last is that of the product here.

    Each is built when it is asked for, so that no more than one is in memory.
    """
    images, labels = fixed_batch(experiment, batch, device)
    yield "training, published way", published_step_on(images, labels, experiment)
    yield "training, bare backbone", bare_step(experiment, images, labels, precision)
    yield "training, step by step", training_way(experiment, device, batch, precision, train_step)
    recorded = device.type == "cuda"
    if recorded:
        step: TrainStep = CapturedSteps(train_step, CudaGraphs(device))
        yield "training, captured", training_way(experiment, device, batch, precision, step)
    if compiled:
        step = CapturedSteps(train_step, CudaGraphs(device)) if recorded else train_step
        way = training_way(experiment, device, batch, precision, step, compiled=True)
        yield "training, compiled" + (" and captured" if recorded else ""), way


def training_way(
    experiment: Experiment,
    device: torch.device,
    batch: int,
    precision: Precision,
    step: TrainStep,
    *,
    compiled: bool = False,
) -> Callable[[], object]:
    """Return one step of the training loop, normalisation included, taken by `step`."""
    recipe, backbone = experiment.recipe, experiment.backbone
    model = new_model(experiment).to(device).train()
    optimiser = build_optimiser(recipe, model.backbone_parameters(), model.head_parameters())
    trained = cast(QualityModel, torch.compile(model)) if compiled else model
    objective = Objective(recipe)
    pixels, labels = (part.to(device) for part in fixed_pixels(experiment, batch))

    def way() -> None:
        images = normalise(pixels, backbone.mean, backbone.std, device)
        step(
            trained,
            optimiser,
            objective,
            images,
            Targets(labels),
            precision,
            recipe.gradient_clipping,
        )

    return way


def prediction_way(
    experiment: Experiment,
    model: QualityModel,
    device: torch.device,
    batch: int,
    precision: Precision,
) -> Callable[[], object]:
    """Return the scoring of one batch by a model in evaluation mode, normalisation included."""
    pixels = fixed_pixels(experiment, batch)[0].to(device)

    def score() -> None:
        with torch.inference_mode(), autocast(precision, device):
            model(normalise(pixels, experiment.backbone.mean, experiment.backbone.std, device))

    return score


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


def conclusion(found: Mapping[str, Any]) -> str:
    """Return what follows for the whole study."""
    total = sum(found["hours"].values())
    return (
        f"\nWhole koniq matrix with {found['seeds']} seeds, {len(found['hours'])} experiments, no "
        f"early stopping: {short(total)} hours."
    )


def rows_of(label: str, ceiling: float, tell: Callable[[str], None]) -> Tell:
    """Return what tells the rows of one model."""
    return lambda row: tell(table_row(label, row, ceiling))


def table_row(label: str, row: Row, ceiling: float) -> str:
    """Return the row of one model and kind of work."""
    work, speed = row
    crops, rate = speed.crops, speed.operations
    cells = (
        label,
        work,
        short(crops.median),
        f"{short(crops.low)} to {short(crops.high)}",
        short(rate / 1e12),
        f"{100 * rate / ceiling:.0f} %",
        f"{speed.memory:.1f}" if speed.memory else "",
    )
    padded = (cell.ljust(width) for cell, width in zip(cells, COLUMNS.values(), strict=True))
    return f"| {' | '.join(padded)} |"


if __name__ == "__main__":
    run_function(main, "python -m benchmarks.gpu")
