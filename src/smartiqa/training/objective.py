"""What a training minimises: the loss on labels, and what a teacher adds to it.

Distillation (Hinton, Vinyals and Dean, 2015) adds the distance to the scores of a larger model,
and, as hints within a network do (FitNets: Romero et al., 2015), to the target networks that it
generates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

from smartiqa.config.experiment import Recipe
from smartiqa.models.hyper_network import Generated, flattened
from smartiqa.models.quality import QualityOutput
from smartiqa.training.losses import l1, loss_function

LEAST_SQUARE = 1e-12  # below which a part of a teacher's weights counts as zero


class Targets(NamedTuple):
    """What a batch of crops is trained towards; None for what a recipe does not ask for.

    Attributes:
        quality: (batch,) labels, 0 to 100.
        teacher_scores: (batch,) what the teacher says of their images, 0 to 100.
        teacher_weights: (batch, values) the target networks that it generates for them, laid out as
            by `smartiqa.models.hyper_network.flattened`.
    """

    quality: Tensor
    teacher_scores: Tensor | None = None
    teacher_weights: Tensor | None = None

    @property
    def given(self) -> tuple[Tensor, ...]:
        """Those that are there."""
        return tuple(target for target in self if target is not None)

    def like(self, tensors: Iterable[Tensor]) -> Self:
        """Return these targets with other tensors in the places of `given`."""
        new = iter(tensors)
        quality, *others = (None if target is None else next(new) for target in self)
        assert quality is not None
        return type(self)(quality, *others)


class Objective(nn.Module):
    """Maps a model's output for a batch and its targets to the loss, a scalar."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.loss, self.distillation = loss_function(recipe.loss), recipe.distillation

    def forward(self, output: QualityOutput, targets: Targets) -> Tensor:
        """Add up the terms that the recipe asks for."""
        scores = output.scores.float()
        total = self.loss(scores, targets.quality)
        if self.distillation is None:
            return total
        if self.distillation.scores:
            assert targets.teacher_scores is not None
            total = total + self.distillation.scores * l1(scores, targets.teacher_scores)
        if self.distillation.weights:
            assert output.generated is not None
            assert targets.teacher_weights is not None
            distance = weight_distance(output.generated, targets.teacher_weights)
            total = total + self.distillation.weights * distance
        return total


def weight_distance(generated: Generated, teacher: Tensor) -> Tensor:
    """Mean over the parts of a target network of |s - t|^2 / |t|^2, 0 if all weights are equal.

    Each layer's weights and each layer's biases are a part, so that the first layer, which has
    three quarters of all values, does not drown the others.

    Args:
        generated: the student's layers.
        teacher: (batch, values), the teacher's.
    """
    sizes = [part[0].numel() for layer in generated for part in layer]
    parts = zip(
        torch.split(flattened(generated).float(), sizes, dim=1),
        torch.split(teacher, sizes, dim=1),
        strict=True,
    )
    shares = [(s - t).square().mean() / t.square().mean().clamp(min=LEAST_SQUARE) for s, t in parts]
    return torch.stack(shares).mean()
