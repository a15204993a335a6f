"""Training steps that a GPU is sent once and then repeats by itself.

A step of a Swin is some two thousand small kernels, and Python takes longer to send them than the
GPU to compute them. So a run records one step as a CUDA graph and replays it: the same kernels on
the same addresses, with other crops in them. Dropout and drop path go on drawing as they would.

Before the first step that is replayed, both ways are tried from the same weights, moments and
random state, and undone. Only if both end with the same bits is the graph used. So a run gives the
same bytes with and without it, and what cannot be recorded is trained in the slower way.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Optimizer

from smartiqa.machine.precision import Precision
from smartiqa.models.quality import QualityModel
from smartiqa.training.objective import Objective, Targets

logger = logging.getLogger(__name__)

WARM_UP = 4  # steps: libraries choose and load their kernels, the optimiser makes its moments

Outputs = tuple[Tensor, Tensor]  # loss and scores
# As `smartiqa.training.loop.train_step`, whose arguments these are.
TrainStep = Callable[
    [QualityModel, Optimizer, Objective, Tensor, Targets, Precision, float | None], Outputs
]


class Recorder(Protocol):
    """Records work on a device."""

    def aside(self) -> AbstractContextManager[None]:
        """Work where it will be recorded, after all that was asked for before."""

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        """Record work without doing it; return what does it, into the same tensors each time.

        Raises:
            RuntimeError: the work cannot be recorded, or there is too little memory.
        """


class CudaGraphs:
    """Records CUDA graphs."""

    def __init__(self, device: torch.device) -> None:
        """Record what is done on a stream of its own of `device`."""
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Work on the stream; the usual one goes on after it."""
        usual = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(usual)
        with torch.cuda.stream(self._stream):
            yield
        usual.wait_stream(self._stream)

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        """Record work as a graph with memory of its own."""
        graph = torch.cuda.CUDAGraph()
        # Other threads may go on: one cuts the next crops, and waits for copies as it does.
        # Aside, so that the usual stream is the current one again whatever ends the recording.
        with (
            self.aside(),
            torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"),
        ):
            outputs = work()

        def replay() -> Outputs:
            graph.replay()
            return outputs

        return replay


class CapturedSteps:
    """A training step that is recorded once for an optimiser and its largest batch.

    Smaller batches, such as the last of an epoch, are trained step by step. A run that goes on may
    begin with one.
    """

    def __init__(self, step: TrainStep, recorder: Recorder) -> None:
        """Record `step` by `recorder` after it was taken `WARM_UP` times."""
        self._step, self._recorder = step, recorder
        self._begin(None, 0)

    def _begin(self, optimiser: Optimizer | None, crops: int) -> None:
        self._optimiser, self._crops = optimiser, crops
        self._taken = 0
        self._replay: Callable[[], Outputs] | None = None
        self._inputs: tuple[Tensor, ...] = ()

    def __call__(
        self,
        model: QualityModel,
        optimiser: Optimizer,
        objective: Objective,
        images: Tensor,
        targets: Targets,
        precision: Precision,
        gradient_clipping: float | None,
    ) -> Outputs:
        """Take a step as `smartiqa.training.loop.train_step` does, with the same result."""

        def step(images: Tensor, *tensors: Tensor) -> Outputs:
            towards = targets.like(tensors)
            return self._step(
                model, optimiser, objective, images, towards, precision, gradient_clipping
            )

        given = (images, *targets.given)
        if optimiser is not self._optimiser or len(images) > self._crops:
            self._begin(optimiser, len(images))
        if len(images) < self._crops:
            return step(*given)
        self._taken += 1
        if self._taken <= WARM_UP:
            with self._recorder.aside():
                return step(*given)
        if self._taken == WARM_UP + 1:
            self._inputs = tuple(map(torch.empty_like, given))
            self._fill(given)
            self._record(partial(step, *self._inputs), state_of(model, optimiser, objective))
        if self._replay is None:
            return step(*given)
        self._fill(given)
        loss, scores = self._replay()
        return loss.clone(), scores.clone()  # the next replay writes into the same tensors

    def _fill(self, given: Sequence[Tensor]) -> None:
        for held, new in zip(self._inputs, given, strict=True):
            held.copy_(new)

    def _record(self, step: Callable[[], Outputs], state: Sequence[Tensor]) -> None:
        """Record a step; use it if it makes of a state what the step makes of it.

        Both are only tried here, since memory may be too little for the graph, which keeps its own,
        and for a step beside it. All that either has held is free when this returns.
        """
        before = _copies(state)

        def tried(way: Callable[[], Outputs]) -> list[Tensor]:
            with torch.random.fork_rng(devices=_gpus_of(state)):
                try:
                    return _copies([*way(), *state])
                finally:
                    for tensor, values in zip(state, before, strict=True):
                        tensor.copy_(values)

        try:
            replay = self._recorder.record(step)
            if all(map(torch.equal, tried(replay), tried(step))):
                self._replay = replay
            else:
                logger.warning("steps are sent one by one: a recorded one gave other bits")
        except RuntimeError as error:  # of memory, too
            logger.warning("steps are sent one by one: they cannot be recorded: %s", str(error))


def state_of(model: QualityModel, optimiser: Optimizer, objective: Objective) -> list[Tensor]:
    """List all tensors that a step changes.

    Parameters, buffers, the optimiser's moments, and gradients that it does not clear: those of
    parameters that it lacks, which go on adding up and count where gradients are clipped.
    """
    parts = [*model.state_dict().values(), *objective.state_dict().values()]
    moments = [value for state in optimiser.state.values() for value in state.values()]
    held = {id(p) for group in optimiser.param_groups for p in group["params"]}
    idle = [p.grad for p in model.parameters() if p.grad is not None and id(p) not in held]
    return [*parts, *(m for m in moments if isinstance(m, Tensor)), *idle]


def _copies(tensors: Sequence[Tensor]) -> list[Tensor]:
    # In host memory: three times the weights are more than a full GPU has left.
    return [tensor.detach().to("cpu", copy=True) for tensor in tensors]


def _gpus_of(tensors: Sequence[Tensor]) -> list[int]:
    return sorted({tensor.device.index for tensor in tensors if tensor.device.type == "cuda"})
