"""How far a run has come: its epochs, and the steps of the one that it is in.

A killed training loses minutes, however long an epoch takes. Beside model and optimiser, the next
step depends on its number, from which the order and places of the data follow, and on the states of
the generators that dropout draws from.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor

from smartiqa.training.checkpoints import Weights

LONGEST_LOSS = 180.0  # seconds of work that a killed training may lose, and one step, or else
RARELY = 20  # times what it takes to save a state: over a slow network there is little else to do
EpochRecord = dict[str, float]


@dataclass
class Progress:
    """How far a run has come, and the best weights so far."""

    epoch: int = 0
    best_epoch: int = 0
    best_srcc: float = -math.inf
    best_weights: Weights = field(default_factory=dict)
    history: list[EpochRecord] = field(default_factory=list)


@dataclass
class Steps:
    """The steps of an epoch that are done.

    Attributes:
        done: how many.
        losses: () of each step, times the number of its images.
        scores: (batch,) of each step, before it.
        labels: (batch,) of each step.
        generators: states of PyTorch's generators, of the CPU and of a GPU, when this was saved.
        kept: how many of them the last saved state has.
        saved: when that was saved, by the monotonic clock.
        took: seconds that it took.
    """

    done: int = 0
    losses: list[Tensor] = field(default_factory=list)
    scores: list[Tensor] = field(default_factory=list)
    labels: list[Tensor] = field(default_factory=list)
    generators: list[Tensor] = field(default_factory=list)
    kept: int = 0
    saved: float = field(default_factory=time.monotonic)
    took: float = 0.0

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        """Note a step."""
        self.done += 1
        self.losses.append(loss)
        self.scores.append(scores)
        self.labels.append(labels)

    def are_due(self) -> bool:
        """Whether so much was done since the last state that this should be saved."""
        pause = max(LONGEST_LOSS, RARELY * self.took)
        return self.done > self.kept and time.monotonic() - self.saved >= pause

    def were_saved(self) -> None:
        """Note that the state is written; what that took says when it is due again."""
        self.took, self.saved = time.monotonic() - self.saved, time.monotonic()

    def content(self, device: torch.device) -> dict[str, Any]:
        """Return what is saved of them; nothing before the first step."""
        self.kept, self.saved = self.done, time.monotonic()
        if not self.done:
            return {}
        generators = [torch.get_rng_state()]
        if device.type != "cpu":
            generators.append(torch.get_device_module(device.type).get_rng_state())
        series = {"losses": self.losses, "scores": self.scores, "labels": self.labels}
        kept = {name: [tensor.cpu() for tensor in tensors] for name, tensors in series.items()}
        return {"done": self.done, **kept, "generators": generators}

    @classmethod
    def restored(cls, content: dict[str, Any], device: torch.device) -> Self:
        """Undo `content`."""
        steps = cls(**content, kept=content.get("done", 0))
        for tensors in (steps.losses, steps.scores, steps.labels):
            tensors[:] = [tensor.to(device) for tensor in tensors]
        return steps

    def go_on(self, device: torch.device) -> None:
        """Let the generators draw what they would have drawn next."""
        if not self.generators:
            return
        torch.set_rng_state(self.generators[0])
        if device.type != "cpu":
            torch.get_device_module(device.type).set_rng_state(self.generators[1])
