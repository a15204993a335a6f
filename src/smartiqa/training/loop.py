"""The one training loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from smartiqa.config.experiment import Compute, Experiment, Recipe, Testing
from smartiqa.core.errors import InputError
from smartiqa.core.files import discard
from smartiqa.machine.device_kind import repeatable_attention
from smartiqa.machine.precision import Precision, autocast
from smartiqa.machine.record import Meter, Spent
from smartiqa.metrics.correlation import plcc, srcc
from smartiqa.models.inference import place_crops, score_crops
from smartiqa.models.quality import QualityModel, QualityOutput
from smartiqa.provenance.identity import Identity
from smartiqa.training.batches import LabelledRows, labelled_batches
from smartiqa.training.captured import CapturedSteps, CudaGraphs, TrainStep
from smartiqa.training.checkpoints import copy_weights, load_state, save_history, save_state
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import (
    build_optimiser,
    load_optimiser,
    optimiser_of_epoch,
    untrained_parameters,
)
from smartiqa.training.schedules import rates_of_epoch
from smartiqa.training.steps import EpochRecord, Progress, Steps
from smartiqa.training.team import Team
from smartiqa.training.whole_batch import together

logger = logging.getLogger(__name__)

Scores = NDArray[np.floating[Any]]
# No two epochs of seeds below 4294 share a stream; of larger ones a CPU reads the lower 32 bits.
EPOCH_SEEDS = 1_000_003


class DivergedError(InputError):
    """A training whose loss or predictions stopped being numbers."""


def train(
    experiment: Experiment,
    model: QualityModel,
    training: LabelledRows,
    selection: LabelledRows,
    *,
    seed: int,
    precision: Precision,
    state_file: Path,
    history_file: Path,
    identity: Identity,
    meter: Meter,
    team: Team | None = None,
    until: int | None = None,
) -> Progress:
    """Train a model; return its history and the weights of the epoch that did best on `selection`.

    After every epoch, and within one every `LONGEST_LOSS` seconds, the whole state is saved in
    `state_file`, with the run's identity and what it took so far by `meter`; after every epoch, the
    history in `history_file`. A later call with the same identity goes on from there and ends with
    the same bytes as a run that was never interrupted: all random numbers of an epoch come from the
    seed and the epoch's number, and within an epoch the generators go on where they stood.
    `until` ends this call after so many epochs, and nothing else.

    All processes of a `team` call this with the same arguments; the first one writes the files.

    Raises:
        DivergedError: the loss stopped being a number.
    """
    team = team or Team()
    recipe = experiment.recipe
    objective = objective_of(recipe, model, training)
    backbone, head = parameter_groups(model, objective)
    optimiser = build_optimiser(recipe, backbone, head)
    trained = cast(QualityModel, torch.compile(model)) if experiment.compute.compile else model
    trained = together(trained, team)
    step = step_of(experiment.compute, next(model.parameters()).device, team.size)
    progress, steps = Progress(), Steps()
    if state := team.in_turn(lambda: load_state(state_file, identity)):
        progress, optimiser, steps = _restore(state, experiment, model, objective)
        meter.earlier = Spent(**state["spent"])
        within = f" and {steps.done} steps" if steps.done else ""
        logger.info("going on after epoch %d%s", progress.epoch, within)
    elif team.is_first:
        discard(history_file)  # of another run

    def save() -> None:
        if team.is_first:
            parts = (progress, steps, optimiser, model, objective)
            save_state(state_file, _state(*parts, identity, meter))
            steps.were_saved()

    end = recipe.epochs if until is None else until
    while progress.epoch < end and not is_over(progress, recipe):
        epoch = progress.epoch
        if epoch > 0 and not steps.done:
            optimiser = optimiser_of_epoch(optimiser, recipe, backbone, head, epoch)
        record: EpochRecord = {"epoch": epoch + 1}
        given = (training, seed, epoch, precision, step, steps, save, team, objective)
        record |= train_epoch(experiment, trained, optimiser, *given)
        record |= evaluate(experiment, model, selection, seed, precision, team)
        rates = rates_of_epoch(recipe, epoch)
        record |= {"backbone_rate": rates.backbone, "head_rate": rates.head}
        record |= learnt_scales(objective, training.mixed)
        _note_epoch(progress, record, model)
        steps = Steps()
        save()
        if team.is_first:
            save_history(history_file, progress.history)
    return progress


def train_epoch(
    experiment: Experiment,
    model: QualityModel,
    optimiser: Optimizer,
    data: LabelledRows,
    seed: int,
    epoch: int,
    precision: Precision,
    step: TrainStep | None = None,
    steps: Steps | None = None,
    save: Callable[[], None] = lambda: None,
    team: Team | None = None,
    objective: Objective | None = None,
) -> EpochRecord:
    """Run one epoch; return its mean loss and the SRCC of its crops as they were seen.

    Each step is taken by `step`, or else by `train_step`, towards `objective`, by default the
    recipe's without a second task. The epoch goes on after the `steps` that
    are done, adds to them, and calls `save` when that is due.

    Raises:
        DivergedError: the loss stopped being a number.
        RuntimeError: a parameter is not being trained although the recipe says that it is.
    """
    recipe = experiment.recipe
    device = next(model.parameters()).device
    objective = Objective(recipe) if objective is None else objective
    torch.manual_seed(seed * EPOCH_SEEDS + epoch)  # dropout and drop path
    model.train()
    steps = Steps() if steps is None else steps
    steps.go_on(device)
    batches = labelled_batches(experiment, data, seed, epoch, device, steps.done, team)
    for images, targets in batches:
        if steps.are_due():  # never after the last step, whose gradients are looked at below
            save()
        loss, scores = (step or train_step)(
            model, optimiser, objective, images, targets, precision, recipe.gradient_clipping
        )
        steps.add(loss * len(targets.quality), scores, targets.quality)
    if recipe.optimizer_lifetime == "whole_run" and (
        idle := [n for part in (model, objective) for n in untrained_parameters(part, optimiser)]
    ):
        raise RuntimeError(f"these parameters are not being trained: {', '.join(idle)}")
    seen = (steps.scores, steps.labels)
    predictions, labels = (torch.cat(parts).cpu().numpy() for parts in seen)
    mean = float(torch.stack(steps.losses).sum()) / len(labels)
    _require_finite(mean, f"the loss is {mean} in epoch {epoch + 1}", experiment, seed)
    return {"train_loss": mean, "train_srcc": correlations(labels, predictions)[0]}


def train_step(
    model: QualityModel,
    optimiser: Optimizer,
    objective: Objective,
    images: Tensor,
    targets: Targets,
    precision: Precision,
    gradient_clipping: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Take one step on a batch, without waiting for the device.

    Returns:
        The loss () and the scores (batch,) before the step, float32, detached.
    """
    with autocast(precision, images.device), repeatable_attention(images.device):
        output: QualityOutput = model(images)
    loss: Tensor = objective(output, targets)
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    if gradient_clipping is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), gradient_clipping)
    optimiser.step()
    return loss.detach(), output.scores.detach().float()


def objective_of(recipe: Recipe, model: QualityModel, data: LabelledRows) -> Objective:
    """Return what a model is trained towards, with what the second task or mixed data add to it."""
    known = data.others.get("classes")
    classes = 0 if known is None else known.shape[1]
    objective = Objective(recipe, model.fusion.channels, classes, len(data.mixed))
    return objective.to(next(model.parameters()).device)


def learnt_scales(objective: Objective, names: Sequence[str]) -> EpochRecord:
    """Return slope and shift of each mixed dataset's map, by the columns of the history."""
    if objective.scales is None:
        return {}
    learnt = zip(names, objective.scales.learnt(), strict=True)
    return {
        f"{what}_{name}": value
        for name, found in learnt
        for what, value in zip(("slope", "shift"), found, strict=True)
    }


def parameter_groups(
    model: QualityModel, objective: Objective
) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
    """What trains at the backbone's rate, and what at the head's."""
    return model.backbone_parameters(), [*model.head_parameters(), *objective.parameters()]


def step_of(compute: Compute, device: torch.device, processes: int = 1) -> TrainStep:
    """Return what takes the steps of a run: a GPU replays them unless it is told otherwise.

    Steps in which processes exchange numbers are not recorded.
    """
    if device.type == "cuda" and compute.capture and processes == 1:
        return CapturedSteps(train_step, CudaGraphs(device))
    return train_step


def evaluate(
    experiment: Experiment,
    model: QualityModel,
    data: LabelledRows,
    seed: int,
    precision: Precision,
    team: Team | None = None,
) -> EpochRecord:
    """Return SRCC and PLCC on images whose crops are the same in every epoch.

    Each process of a team scores its part of them.

    Raises:
        DivergedError: the model's predictions stopped being numbers.
    """
    testing = Testing(crops=experiment.recipe.validation_crops)
    crops = place_crops(data.store, data.rows, testing, experiment.crop, seed)

    def score(part: slice) -> Scores:
        return score_crops(model, experiment.backbone, data.store, crops[part], precision).scores

    device = next(model.parameters()).device
    scores = (team or Team()).joined_parts(score, len(crops), device)
    predictions = scores.reshape(len(data.rows), testing.crops).mean(axis=1)
    _require_finite(predictions, "the model's predictions are no numbers", experiment, seed)
    rank, linear = correlations(data.quality, predictions)
    return {"validation_srcc": rank, "validation_plcc": linear}


def _require_finite(values: Scores | float, what: str, experiment: Experiment, seed: int) -> None:
    if not np.isfinite(values).all():
        raise DivergedError(
            f"experiment {experiment.id}, seed {seed}: {what}; "
            "lower backbone_rate and head_rate or set gradient_clipping"
        )


def correlations(truth: Scores, predictions: Scores) -> tuple[float, float]:
    """SRCC and PLCC; 0 for one image, and for a model that says the same of every image.

    Neither ranks anything. A split for validation has more images (`smartiqa.data.needs`).
    """
    if len(predictions) < 2:
        logger.warning("one image has no rank: its correlations count as 0")
        return 0.0, 0.0
    if np.ptp(predictions) == 0:
        logger.warning("the model says the same of every image: its correlations count as 0")
        return 0.0, 0.0
    return srcc(predictions, truth), plcc(predictions, truth)


def is_over(progress: Progress, recipe: Recipe) -> bool:
    """Whether all epochs are done, or the recipe's patience is at its end."""
    since_best = progress.epoch - progress.best_epoch
    exhausted = recipe.patience is not None and since_best >= recipe.patience
    return exhausted or progress.epoch >= recipe.epochs


def _note_epoch(progress: Progress, record: EpochRecord, model: QualityModel) -> None:
    progress.epoch += 1
    progress.history.append(record)
    if record["validation_srcc"] > progress.best_srcc:
        progress.best_srcc = record["validation_srcc"]
        progress.best_epoch = progress.epoch
        progress.best_weights = copy_weights(model)
    logger.info(" ".join(f"{name} {value:.5g}" for name, value in record.items()))


def _state(
    progress: Progress,
    steps: Steps,
    optimiser: Optimizer,
    model: QualityModel,
    objective: Objective,
    identity: Identity,
    meter: Meter,
) -> dict[str, Any]:
    return {
        "identity": identity.model_dump(mode="json"),
        "spent": meter.read().model_dump(),
        "progress": vars(progress),
        "steps": steps.content(next(model.parameters()).device),
        "optimiser": optimiser.state_dict(),
        "model": model.state_dict(),
        "objective": objective.state_dict(),
    }


def _restore(
    state: dict[str, Any], experiment: Experiment, model: QualityModel, objective: Objective
) -> tuple[Progress, Optimizer, Steps]:
    progress = Progress(**state["progress"])
    steps = Steps.restored(state["steps"], next(model.parameters()).device)
    model.load_state_dict(state["model"])
    objective.load_state_dict(state["objective"])
    groups = parameter_groups(model, objective)
    last = progress.epoch if steps.done else progress.epoch - 1  # that the optimiser was made for
    optimiser = build_optimiser(experiment.recipe, *groups, epoch=last)
    load_optimiser(optimiser, state["optimiser"])
    return progress, optimiser, steps
