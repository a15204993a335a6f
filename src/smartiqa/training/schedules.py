"""Learning rates of backbone and head over the epochs, as pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from smartiqa.config.experiment import Recipe
from smartiqa.core.choices import Choice

STEP_EPOCHS = 6
LAST_RATIO_UPDATE = 8


class Rates(NamedTuple):
    """The learning rates of one epoch."""

    backbone: float
    head: float


def rates_of_epoch(recipe: Recipe, epoch: int) -> Rates:
    """Return the rates of `epoch`, counted from 0; a rate holds for the whole epoch."""
    rates = Rates(recipe.backbone_rate, recipe.head_rate)
    return SCHEDULES.of(recipe)(rates, epoch, recipe)


def constant(initial: Rates, epoch: int, recipe: Recipe) -> Rates:
    """Keep the first rates."""
    return initial


def cosine_rates(initial: Rates, epoch: int, recipe: Recipe) -> Rates:
    """Lower both rates along a cosine to the recipe's floor."""
    progress = epoch / recipe.epochs
    return Rates(*(cosine(rate, recipe.cosine_floor, progress) for rate in initial))


def cosine(rate: float, floor: float, progress: float) -> float:
    """Half a cosine from `rate` at progress 0 to `floor` at progress 1.

    The floor is absolute and the same for both groups, as published: above a group's own rate it
    makes that rate rise (SMART-IQA's backbone, 5e-7 towards 1e-6).
    """
    return floor + (rate - floor) * (1 + math.cos(math.pi * progress)) / 2


def hyperiqa_step(initial: Rates, epoch: int, recipe: Recipe) -> Rates:
    """HyperIQA's decay: the head's rate divided by 10 every 6 epochs, the backbone's kept.

    The published code sets new rates *after* epoch t, so that they hold for epoch t + 1; after
    epoch 8 the head also loses its lead (a factor of 10 there) over the backbone.
    """
    update = max(epoch - 1, 0)
    start = initial.head if update <= LAST_RATIO_UPDATE else initial.backbone
    return Rates(initial.backbone, start / 10 ** (update // STEP_EPOCHS))


SCHEDULES: Choice[Callable[[Rates, int, Recipe], Rates]] = Choice(
    Recipe, "schedule", {"constant": constant, "cosine": cosine_rates, "step": hyperiqa_step}
)
