"""Optimisers with two parameter groups, backbone and head, and how long they live.

HyperIQA's published code builds its optimiser anew after every epoch and takes the head's
parameters from a `filter` iterator that the first optimiser has used up: from the second epoch on
the head is in no optimiser, and the moments of the backbone start from zero every epoch.
`optimizer_lifetime: rebuilt_as_published` does the same on purpose; the default keeps one optimiser
for the whole run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Adam, AdamW, Optimizer

from smartiqa.config.experiment import Recipe
from smartiqa.training.schedules import Rates, rates_of_epoch

OPTIMISERS: dict[str, type[Adam]] = {"adam": Adam, "adamw": AdamW}
FUSED_DEVICES = {"cpu", "cuda"}


def build_optimiser(
    recipe: Recipe,
    backbone: Sequence[nn.Parameter],
    head: Sequence[nn.Parameter],
    epoch: int = 0,
) -> Optimizer:
    """Build the optimiser as it stands at the start of `epoch`, without any state.

    To resume a run, build it for the last finished epoch, load its state by `load_optimiser`, and
    go on with `optimiser_of_epoch`. On a GPU the rates are tensors there, because a recorded step
    (`smartiqa.training.captured`) reads them anew each time it is replayed.
    """
    if recipe.optimizer_lifetime == "rebuilt_as_published" and epoch > 0:
        head = []  # the published iterator is exhausted
    rates = rates_of_epoch(recipe, epoch)
    gpu = next((p.device for p in (*backbone, *head) if p.device.type == "cuda"), None)
    groups = [
        {"params": list(parameters), "lr": torch.tensor(rate, device=gpu) if gpu else rate}
        for parameters, rate in zip((backbone, head), rates, strict=True)
    ]
    return OPTIMISERS[recipe.optimizer](
        groups,
        weight_decay=recipe.weight_decay,
        fused=_can_fuse([*backbone, *head]),
        capturable=gpu is not None,
    )


def optimiser_of_epoch(
    previous: Optimizer,
    recipe: Recipe,
    backbone: Sequence[nn.Parameter],
    head: Sequence[nn.Parameter],
    epoch: int,
) -> Optimizer:
    """Return the optimiser for `epoch`: `previous` with that epoch's rates, or a new one."""
    if recipe.optimizer_lifetime == "rebuilt_as_published":
        return build_optimiser(recipe, backbone, head, epoch)
    set_rates(previous, rates_of_epoch(recipe, epoch))
    return previous


def set_rates(optimiser: Optimizer, rates: Rates) -> None:
    """Set the rates of the two groups, in place where they are tensors."""
    for group, rate in zip(optimiser.param_groups, rates, strict=True):
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def load_optimiser(optimiser: Optimizer, state: dict[str, Any]) -> None:
    """Load a state; its rates go to where the optimiser has its own."""
    rates = [group["lr"] for group in optimiser.param_groups]
    optimiser.load_state_dict(state)
    for group, own in zip(optimiser.param_groups, rates, strict=True):
        if isinstance(own, torch.Tensor):
            group["lr"] = own.fill_(group["lr"])


def untrained_parameters(model: nn.Module, optimiser: Optimizer) -> list[str]:
    """Name the trainable parameters that `optimiser` lacks or that have no gradient.

    Called after a step of training; empty unless something keeps a parameter from being trained.
    """
    held = {id(p) for group in optimiser.param_groups for p in group["params"]}
    return [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and (id(parameter) not in held or parameter.grad is None)
    ]


def _can_fuse(parameters: Sequence[torch.Tensor]) -> bool:
    # The fused step works element by element, so its result depends on no order of summation.
    return all(p.device.type in FUSED_DEVICES and p.is_floating_point() for p in parameters)
