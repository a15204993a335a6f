"""What only a GPU can show. `pytest -m gpu` runs it alone; without a GPU every test is skipped."""

from __future__ import annotations

import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from test_captured import long
from test_loop import WAYS, Data, assert_same, data_of, new_model, run
from torch import Tensor

from benchmarks.materials import fixed_batch, koniq
from benchmarks.materials import new_model as full_size
from command_line import smartiqa_apart, study_files
from smartiqa.config.experiment import Compute, Experiment
from smartiqa.config.planned import resolve
from smartiqa.core.json_files import read_json
from smartiqa.data.crop_positions import random_positions
from smartiqa.data.crops import CropPlan, crop_batches, cut_crops
from smartiqa.data.store import gpu_store
from smartiqa.data.store.gpu_store import gather_crops
from smartiqa.machine.precision import choose_precision
from smartiqa.training import loop
from smartiqa.training.captured import WARM_UP, CapturedSteps, CudaGraphs, TrainStep, state_of
from smartiqa.training.loop import train_step
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import build_optimiser
from tiny_study import Prepared, experiment

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU here"),
]
CUDA = torch.device("cuda")


@pytest.fixture(autouse=True)
def repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions as a process of ours has them (`smartiqa.machine.process.set_up_process`)."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)


def one_of_each_backbone() -> dict[str, Experiment]:
    """The first experiment of the koniq study with each backbone."""
    study, catalogue = koniq()
    found: dict[str, Experiment] = {}
    for name in study.chosen_of(catalogue.experiments):
        experiment = resolve(study, catalogue, name)
        found.setdefault(experiment.model.backbone, experiment)
    return found


@pytest.fixture(scope="module")
def data(dataset: Prepared) -> Data:
    return data_of(dataset)


def on_gpu(settings: Experiment) -> Experiment:
    return settings.model_copy(update={"compute": Compute(threads=1, device="cuda")})


def step_by_step(settings: Experiment) -> Experiment:
    compute = Compute(threads=1, device="cuda", capture=False)
    return settings.model_copy(update={"compute": compute})


def test_crops_of_a_resident_store_are_those_of_the_host(data: Data) -> None:
    store, rows = data.training.store, np.repeat(data.training.rows, 3)
    generator = np.random.default_rng(0)
    positions = random_positions(store.sizes[rows], 32, generator)
    plan = CropPlan(rows, *positions, generator.random(len(rows)) < 0.5, 32)
    on_device = torch.cat([batch.cpu().clone() for batch in crop_batches(store, plan, 7, CUDA)])
    assert np.array_equal(on_device.numpy(), cut_crops(store, plan))


def test_crops_beyond_two_gigabytes_are_those_that_lie_there() -> None:
    """Where a place no longer fits into 32 bits: KonIQ-10k has 5.9 GB."""
    pixels, crop, width = torch.zeros(2**31 // 3 + 10_000, 3, dtype=torch.uint8, device=CUDA), 8, 50
    image = torch.randint(0, 256, (20, width, 3), dtype=torch.uint8, device=CUDA)
    pixels[-20 * width :] = image.view(-1, 3)
    first = len(pixels) - 20 * width + 5 * width + 7
    firsts, widths = (torch.tensor([value] * 2, device=CUDA) for value in (first, width))
    crops = gather_crops(pixels, firsts, widths, torch.tensor([False, True], device=CUDA), crop)
    cut = image[5 : 5 + crop, 7 : 7 + crop]
    assert torch.equal(crops, torch.stack([cut, cut.flip(1)]))


def test_a_run_has_the_same_bits_if_its_store_stays_on_the_host(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = on_gpu(long(WAYS["mended"]))
    models = [new_model(settings).to(CUDA) for _ in range(2)]
    resident = run(data, tmp_path / "resident", settings, model=models[0])
    monkeypatch.setattr(gpu_store, "SHARE", 0)
    gpu_store._resident.clear()
    assert_same(resident, run(data, tmp_path / "host", settings, model=models[1]))


def test_what_a_gpu_cannot_record_is_trained_step_by_step(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A step that asks for a number, which ends a recording with an error."""
    settings = on_gpu(long(WAYS["all switches"]))
    models = [new_model(settings).to(CUDA) for _ in range(2)]
    plain = run(data, tmp_path / "plain", step_by_step(settings), model=models[0])
    usual = loop.train_step

    def asking(*given: Any) -> tuple[Tensor, Tensor]:
        given[3].sum().item()
        return usual(*given)

    monkeypatch.setattr(loop, "train_step", asking)
    with caplog.at_level(logging.WARNING):
        assert_same(plain, run(data, tmp_path / "asking", settings, model=models[1]))
    assert "cannot be recorded" in caplog.text


def test_a_gpu_too_small_for_a_graph_trains_step_by_step(caplog: pytest.LogCaptureFixture) -> None:
    """With the memory of a step and a quarter."""
    experiment = one_of_each_backbone()["swin_tiny"]
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(CUDA)
    plain = steps_of(experiment, train_step)
    room = 1.25 * torch.cuda.max_memory_reserved(CUDA)
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(CUDA).total_memory
    torch.cuda.set_per_process_memory_fraction(room / whole)
    try:
        with caplog.at_level(logging.WARNING):
            captured = steps_of(experiment, CapturedSteps(train_step, CudaGraphs(CUDA)))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert all(map(torch.equal, plain, captured))
    assert "cannot be recorded" in caplog.text


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_captured_run_has_the_bits_of_one_step_by_step(
    way: Experiment, data: Data, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = long(way)
    models = [new_model(settings).to(CUDA) for _ in range(3)]
    plain = run(data, tmp_path / "plain", step_by_step(settings), model=models[0])
    with caplog.at_level(logging.WARNING):
        captured = run(data, tmp_path / "captured", on_gpu(settings), model=models[1])
    assert "one by one" not in caplog.text  # it was recorded and is used
    assert_same(plain, captured)
    assert_same(captured, run(data, tmp_path / "again", on_gpu(settings), model=models[2]))


def test_a_run_that_goes_on_has_the_same_bits(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = on_gpu(long(WAYS["mended"]))
    models = [new_model(settings, seed).to(CUDA) for seed in (1, 1, 99)]
    whole = run(data, tmp_path / "whole", settings, model=models[0])
    with monkeypatch.context() as patch:
        evaluations = iter([loop.evaluate, None])
        patch.setattr(loop, "evaluate", lambda *a: next(evaluations)(*a))  # type: ignore[misc]
        with pytest.raises(TypeError):
            run(data, tmp_path / "killed", settings, model=models[1])
    assert_same(whole, run(data, tmp_path / "killed", settings, model=models[2]))


@pytest.mark.parametrize("experiment", one_of_each_backbone().values(), ids=one_of_each_backbone())
def test_every_backbone_trains_to_the_same_bits(experiment: Experiment) -> None:
    captured = [steps_of(experiment, CapturedSteps(train_step, CudaGraphs(CUDA))) for _ in range(2)]
    assert all(map(torch.equal, *captured))
    assert all(map(torch.equal, captured[0], steps_of(experiment, train_step)))


def steps_of(experiment: Experiment, step: TrainStep) -> list[Tensor]:
    """Take some steps at full size on noise; return all that they changed."""
    recipe, precision = experiment.recipe, choose_precision(experiment, CUDA)
    model = full_size(experiment).to(CUDA).train()
    optimiser = build_optimiser(recipe, model.backbone_parameters(), model.head_parameters())
    images, labels = fixed_batch(experiment, 8, CUDA)
    targets = Targets(labels)
    torch.manual_seed(0)
    objective = Objective(recipe)
    for _ in range(WARM_UP + 4):
        step(model, optimiser, objective, images, targets, precision, recipe.gradient_clipping)
    return [tensor.cpu() for tensor in state_of(model, optimiser, objective)]


def test_two_runs_on_one_gpu_end_as_one_alone(dataset: Prepared, tmp_path: Path) -> None:
    alone = run_of_its_own(dataset, tmp_path / "alone")
    with ProcessPoolExecutor(2, get_context("spawn")) as both:
        pair = list(both.map(run_of_its_own, [dataset] * 2, [tmp_path / "a", tmp_path / "b"]))
    assert pair == [alone] * 2


def run_of_its_own(dataset: Prepared, folder: Path) -> list[dict[str, float]]:
    """Train on the GPU; return the history, whose floats have all their digits."""
    settings = on_gpu(long(WAYS["mended"]))
    return run(data_of(dataset), folder, settings, model=new_model(settings).to(CUDA))[0].history


def test_a_captured_run_takes_little_more_memory() -> None:
    """In tensors; reserved is that of two steps, the graph's and one of the usual kind."""
    peaks = []
    experiment = one_of_each_backbone()["swin_tiny"]
    for step in (train_step, CapturedSteps(train_step, CudaGraphs(CUDA))):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(CUDA)
        steps_of(experiment, step)
        peaks.append(torch.cuda.max_memory_allocated(CUDA))
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="PyTorch sees fewer than two GPUs here")
def test_two_gpus_train_what_one_does(dataset: Prepared, weights: Path, tmp_path: Path) -> None:
    """Over NCCL, started as a build starts it."""
    settings = step_by_step(experiment(batch_size=17))
    files = study_files(tmp_path / "study", settings)
    home = {"manifest": dataset.manifest, "store": dataset.store, "weights": weights}
    losses = []
    for processes in (1, 2):
        output = tmp_path / f"by-{processes}"
        given: dict[str, Any] = {"experiment": settings.id, "seed": 1, "output": output}
        done = smartiqa_apart("train", **files, **home, **given, processes=processes)
        assert done.returncode == 0, done.stderr
        assert read_json(output / "environment.json")["world_size"] == processes
        losses.append(pd.read_csv(output / "history.csv")["train_loss"])
    np.testing.assert_allclose(*losses, rtol=1e-3)
