"""What a training minimises: the loss on labels, and what a teacher or a second task adds to it.

Distillation (Hinton, Vinyals and Dean, 2015) adds the distance to the scores of a larger model,
and, as hints within a network do (FitNets: Romero et al., 2015), to the target networks that it
generates.

A second task (multi-task learning: Caruana, 1997) names the classes of an image, its distortion or
the categories of its scene, from the average of the fused features; its layer is trained beside the
model and left out of checkpoints.

Labels of several datasets are compared with one affine map of the scores for each, learnt beside
the model as in MDTVSFA (Li, Jiang and Jiang, 2021), which learns a linear layer for each dataset.
Here the slope stays positive, so that higher is better everywhere, and the training dataset's own
map is the identity, so that scores stay on its scale. Maps are left out of checkpoints, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from smartiqa.config.experiment import Recipe
from smartiqa.data.adapters import SEPARATORS
from smartiqa.models.backbones import mean_over_positions
from smartiqa.models.hyper_network import Generated, flattened
from smartiqa.models.quality import QualityOutput
from smartiqa.training.losses import loss_function

MIDDLE, WHOLE = 50.0, 100.0  # of the scale of scores
LEAST_SQUARE = 1e-12  # below which a part of a teacher's weights counts as zero


class Targets(NamedTuple):
    """What a batch of crops is trained towards; None for what a recipe does not ask for.

    Attributes:
        quality: (batch,) labels, 0 to 100.
        teacher_scores: (batch,) what the teacher says of their images, 0 to 100.
        teacher_weights: (batch, values) the target networks that it generates for them, laid out as
            by `smartiqa.models.hyper_network.flattened`.
        classes: (batch, classes) 1 for each class that an image has, else 0; all 0 where nothing is
            known of it.
        datasets: (batch,) the number of each image's dataset, 0 for the training dataset.
    """

    quality: Tensor
    teacher_scores: Tensor | None = None
    teacher_weights: Tensor | None = None
    classes: Tensor | None = None
    datasets: Tensor | None = None

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


class Scales(nn.Module):
    """Maps scores to the label scales of their datasets.

    Adam moves a parameter by about the rate in a step, and the head's is made for the many weights
    behind a score. So what is learnt here is held as a multiple of `gain`, the quotient of the two
    rates.

    Args:
        datasets: how many there are beside the training dataset.
        gain: by which parameters are multiplied.
    """

    def __init__(self, datasets: int, gain: float) -> None:
        super().__init__()
        self.gain = gain
        self.slopes = nn.Parameter(torch.zeros(datasets))  # logarithms
        self.shifts = nn.Parameter(torch.zeros(datasets))  # of the middle, in lengths of the scale

    def forward(self, scores: Tensor, datasets: Tensor) -> Tensor:
        """Map scores (batch,) of images of these datasets (batch,); those of dataset 0 stay."""
        numbers = torch.arange(1, len(self.slopes) + 1, device=datasets.device)
        others = (datasets[:, None] == numbers).float()  # (batch, datasets)
        slopes = (others * (self.gain * self.slopes)).sum(dim=1).exp()
        shifts = (others * (self.gain * WHOLE * self.shifts)).sum(dim=1)
        return scores + shifts + (slopes - 1) * (scores - MIDDLE)

    def learnt(self) -> list[tuple[float, float]]:
        """Slope, and shift of the middle in points, of each dataset."""
        slopes = (self.gain * self.slopes.detach()).exp().tolist()
        shifts = (self.gain * WHOLE * self.shifts.detach()).tolist()
        return list(zip(slopes, shifts, strict=True))


class Objective(nn.Module):
    """Maps a model's output for a batch and its targets to the loss, a scalar.

    Args:
        recipe: says which terms there are.
        channels: of the fused features, for a second task.
        classes: that it names.
        mixed: datasets beside the training dataset, for maps of their scales.
    """

    def __init__(self, recipe: Recipe, channels: int = 0, classes: int = 0, mixed: int = 0) -> None:
        super().__init__()
        self.loss, self.distillation = loss_function(recipe.loss), recipe.distillation
        self.auxiliary = recipe.auxiliary
        if self.auxiliary is not None:
            self.classifier = nn.Linear(channels, classes)
        self.scales: Scales | None = None
        if recipe.mixed is not None and recipe.mixed.scale_rate:
            self.scales = Scales(mixed, recipe.mixed.scale_rate / recipe.head_rate)

    def forward(self, output: QualityOutput, targets: Targets) -> Tensor:
        """Add up the terms that the recipe asks for."""
        scores = output.scores.float()
        on_scale = scores
        if self.scales is not None:
            assert targets.datasets is not None
            on_scale = self.scales(scores, targets.datasets)
        total = self.loss(on_scale, targets.quality)
        if self.distillation is not None and self.distillation.scores:
            assert targets.teacher_scores is not None
            distance = F.l1_loss(scores, targets.teacher_scores)
            total = total + self.distillation.scores * distance
        if self.distillation is not None and self.distillation.weights:
            assert output.generated is not None
            assert targets.teacher_weights is not None
            distance = weight_distance(output.generated, targets.teacher_weights)
            total = total + self.distillation.weights * distance
        if self.auxiliary is not None:
            assert targets.classes is not None
            logits = self.classifier(mean_over_positions(output.fused.float()))
            task = class_loss(logits, targets.classes, several=self.auxiliary.labels in SEPARATORS)
            total = total + self.auxiliary.weight * task
        return total


def class_loss(logits: Tensor, classes: Tensor, *, several: bool) -> Tensor:
    """Mean negative log-likelihood over the images with a known class; 0 if none has one.

    Args:
        logits: (batch, classes).
        classes: (batch, classes) of 0 and 1.
        several: whether an image may have several classes, each of which it has or not whatever the
            others: the sum of their binary cross-entropies instead of one over all classes.
    """
    if several:
        each = F.binary_cross_entropy_with_logits(logits, classes, reduction="none").sum(dim=1)
    else:
        each = F.cross_entropy(logits, classes, reduction="none")
    known = classes.any(dim=1)
    return (each * known).sum() / known.sum().clamp(min=1)


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
