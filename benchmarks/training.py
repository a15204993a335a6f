"""The training step of each model, beside the bare backbone and the published way."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

from benchmarks.materials import CPU, bare_backbone, experiment_of, fixed_batch, new_model
from benchmarks.options import Options
from benchmarks.report import Goal, Line
from benchmarks.timing import elsewhere, quotient, spread, take_turns
from smartiqa.config.experiment import Experiment
from smartiqa.machine.precision import Precision, autocast, choose_precision
from smartiqa.machine.process import set_up_process
from smartiqa.models.counting import count_multiply_accumulates
from smartiqa.models.quality import QualityModel, build_on_meta
from smartiqa.training.loop import train_step
from smartiqa.training.losses import l1
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import build_optimiser

GOALS = {"SMART-Tiny": Goal(">=", 2.4), "HyperIQA-ResNet-50": Goal(">=", 3.5)}
Step = Callable[[], Tensor]  # returns the loss before the step


def measure(options: Options) -> list[Line]:
    """Time one step of every model in three ways."""
    set_up_process(options.cores, "cpu")
    return [line for model in options.models for line in measure_model(model, options)]


def measure_model(name: str, options: Options) -> list[Line]:
    """Compare our step with the bare backbone's and with the published one."""
    experiment = experiment_of(name)
    precision = choose_precision(experiment, CPU)
    images, labels = fixed_batch(experiment, options.batch)
    with elsewhere(published_step, experiment, options.batch, options.cores) as published_way:
        seconds = take_turns(
            {
                "ours": our_step(experiment, images, labels, precision),
                "bare": bare_step(experiment, images, labels, precision),
                "published": published_way,
            },
            options.rounds,
        )
    ours, bare, published = (spread(values).median for values in seconds.values())
    return [
        Line(
            f"{name}, training step: time, ours by bare backbone",
            quotient(seconds["ours"], seconds["bare"]),
            options.rounds,
            f"{ours:.3f} s by {bare:.3f} s; batch {options.batch}, {precision}, same optimiser; "
            f"{share_of_work(experiment):.3f} x the multiply-accumulates of the backbone",
            goal=Goal("<=", 1.04),
        ),
        Line(
            f"{name}, training step: speed, ours by published way",
            quotient(seconds["published"], seconds["ours"]),
            options.rounds,
            f"{published:.3f} s the published way (float32, contiguous)",
            goal=GOALS.get(name),
        ),
    ]


def share_of_work(experiment: Experiment) -> float:
    """Return the model's multiply-accumulates by those of its backbone alone."""
    model = build_on_meta(experiment.model, experiment.backbone, experiment.crop)
    with torch.device("meta"):
        backbone = bare_backbone(experiment).eval()
    whole, bare = (count_multiply_accumulates(m, experiment.crop) for m in (model, backbone))
    return whole / bare


def our_step(experiment: Experiment, images: Tensor, labels: Tensor, precision: Precision) -> Step:
    """Return the step of `smartiqa.training.loop` on a fixed batch."""
    return step_of(new_model(experiment).train(), experiment, images, labels, precision)


def step_of(
    model: QualityModel,
    experiment: Experiment,
    images: Tensor,
    labels: Tensor,
    precision: Precision,
) -> Step:
    """Return the training loop's step of a model."""
    recipe = experiment.recipe
    optimiser = build_optimiser(recipe, model.backbone_parameters(), model.head_parameters())
    objective = Objective(recipe)
    targets = Targets(labels)
    return lambda: train_step(model, optimiser, objective, images, targets, precision)[0]


def bare_step(experiment: Experiment, images: Tensor, labels: Tensor, precision: Precision) -> Step:
    """Return the step of the timm network alone: same input, precision and optimiser."""
    network = bare_backbone(experiment).to(images.device).train()
    optimiser = build_optimiser(experiment.recipe, list(network.parameters()), [])

    def step() -> Tensor:
        with autocast(precision, images.device):
            scores = network(images)[:, 0]
        return descend(optimiser, l1(scores.float(), labels))

    return step


def published_step(experiment: Experiment, batch: int, threads: int) -> Step:
    """Return the published step of the same model: float32, contiguous, PyTorch's defaults."""
    torch.set_num_threads(threads)
    return published_step_on(*fixed_batch(experiment, batch), experiment)


def published_step_on(images: Tensor, labels: Tensor, experiment: Experiment) -> Step:
    """Return the published step on a batch, on the device where it is."""
    model = new_model(experiment).to(images.device).train()
    contiguous = images.contiguous()
    optimiser = plain_optimiser(experiment, model)

    def step() -> Tensor:
        loss = descend(optimiser, nn.functional.l1_loss(model(contiguous).scores, labels))
        loss.item()  # as published: the loop keeps a list of numbers
        return loss

    return step


def plain_optimiser(experiment: Experiment, model: QualityModel) -> Optimizer:
    """Return the recipe's optimiser as PyTorch builds it by default."""
    recipe = experiment.recipe
    kind: type[Adam] = {"adam": Adam, "adamw": AdamW}[recipe.optimizer]
    groups = [
        {"params": model.backbone_parameters(), "lr": recipe.backbone_rate},
        {"params": model.head_parameters(), "lr": recipe.head_rate},
    ]
    return kind(groups, weight_decay=recipe.weight_decay)


def descend(optimiser: Optimizer, loss: Tensor) -> Tensor:
    """Take one step of gradient descent; return the loss."""
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()
    return loss.detach()
