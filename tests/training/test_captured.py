"""Recorded steps: how a run uses them, shown on a CPU by a recorder that repeats Python's work.

What CUDA makes of the same calls is in `tests/gpu`.
"""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from test_loop import HYPERIQA, WAYS, Data, assert_same, data, new_model, one_thread, run
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from smartiqa.config.experiment import Compute, Experiment, Loss
from smartiqa.machine.precision import Precision
from smartiqa.training import loop
from smartiqa.training.captured import WARM_UP, CapturedSteps, Outputs
from smartiqa.training.objective import Objective, Targets
from smartiqa.training.optimisers import build_optimiser
from tiny_study import experiment

__all__ = ["data", "one_thread"]  # fixtures of the loop's own tests


class Repeating:
    """Records work by keeping it; a replay does it again, into the same tensors as a graph does."""

    def __init__(self) -> None:
        self.recorded = self.replayed = self.aside_steps = 0

    def aside(self) -> AbstractContextManager[None]:
        self.aside_steps += 1
        return contextlib.nullcontext()

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        self.recorded += 1
        held: list[Tensor] = []

        def replay() -> Outputs:
            self.replayed += 1
            new = work()
            if not held:
                held.extend(torch.empty_like(tensor) for tensor in new)
            for place, tensor in zip(held, new, strict=True):
                place.copy_(tensor)
            loss, scores = held
            return loss, scores

        return replay


class Drifting(Repeating):
    """One weight comes out a little different."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = weight

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        replay = super().record(work)

        def drifting() -> Outputs:
            outputs = replay()
            with torch.no_grad():
                self.weight.view(-1)[0] += 1e-6
            return outputs

        return drifting


class Small(Repeating):
    """Has too little memory for a step beside a recording, whether this is done or was given up."""

    def __init__(self) -> None:
        super().__init__()
        self.beside: weakref.ref[Any] | None = None
        self.replaying = False

    def step(self, *given: Any) -> Outputs:
        done = loop.train_step(*given)  # all of it, so that there is something to undo
        if self.beside is not None and self.beside() is not None and not self.replaying:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return done


class Refusing(Small):
    """Has no memory left for a graph."""

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        super().record(work)
        half_done = torch.zeros(1)
        self.beside = weakref.ref(half_done)
        raise torch.OutOfMemoryError("CUDA out of memory")


class Crowded(Small):
    """Has no memory left beside a graph."""

    def record(self, work: Callable[[], Outputs]) -> Callable[[], Outputs]:
        replay = super().record(work)

        def graph() -> Outputs:
            self.replaying = True
            outputs = replay()
            self.replaying = False
            return outputs

        self.beside = weakref.ref(graph)
        return graph


def long(settings: Experiment) -> Experiment:
    """Seven steps an epoch, of which the last has fewer crops."""
    recipe = settings.recipe.model_copy(update={"batch_size": 5, "train_crops": 2})
    return settings.model_copy(update={"recipe": recipe})


def by(recorder: Repeating, monkeypatch: pytest.MonkeyPatch) -> None:
    step = recorder.step if isinstance(recorder, Small) else loop.train_step
    monkeypatch.setattr(loop, "step_of", lambda *_: CapturedSteps(step, recorder))


# The gradients of what the second optimiser lacks add up, and count where gradients are clipped.
RECORDED = WAYS | {
    "as published, clipped": experiment(
        HYPERIQA, epochs=3, optimizer_lifetime="rebuilt_as_published", gradient_clipping=1.0
    )
}


@pytest.mark.parametrize("way", RECORDED.values(), ids=RECORDED)
def test_a_run_ends_with_the_bits_of_one_that_records_nothing(
    way: Experiment, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, recorder = long(way), Repeating()
    plain = run(data, tmp_path / "plain", settings)
    by(recorder, monkeypatch)
    assert_same(plain, run(data, tmp_path / "recorded", settings))
    optimisers = 3 if settings.recipe.optimizer_lifetime == "rebuilt_as_published" else 1
    assert recorder.recorded == optimisers
    assert recorder.aside_steps == optimisers * WARM_UP
    full_batches = settings.recipe.epochs * 6
    tried = optimisers
    assert recorder.replayed == full_batches - optimisers * WARM_UP + tried


def test_a_resumed_run_records_anew_and_ends_with_the_same_bits(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, recorder = long(WAYS["mended"]), Repeating()
    plain = run(data, tmp_path / "plain", settings)
    by(recorder, monkeypatch)
    with monkeypatch.context() as patch:
        evaluations = iter([loop.evaluate, None])
        patch.setattr(loop, "evaluate", lambda *a: next(evaluations)(*a))  # type: ignore[misc]
        with pytest.raises(TypeError):
            run(data, tmp_path / "killed", settings)
    assert_same(plain, run(data, tmp_path / "killed", settings))
    assert recorder.recorded == 2


def test_a_replay_with_other_bits_is_not_used(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = long(WAYS["mended"])
    plain = run(data, tmp_path / "plain", settings)
    model = new_model(settings)
    recorder = Drifting(next(iter(model.state_dict().values())))
    by(recorder, monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert_same(plain, run(data, tmp_path / "drifting", settings, model=model))
    assert recorder.replayed == 1
    assert [r.getMessage() for r in caplog.records] == [
        "steps are sent one by one: a recorded one gave other bits"
    ]


@pytest.mark.parametrize("small", [Refusing, Crowded])
def test_what_cannot_be_recorded_is_trained_step_by_step(
    small: type[Small],
    data: Data,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """From the state before, with all memory that the attempt has held."""
    settings = long(WAYS["all switches"])
    plain = run(data, tmp_path / "plain", settings)
    by(recorder := small(), monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert_same(plain, run(data, tmp_path / "small", settings))
    assert recorder.recorded == 1
    assert "CUDA out of memory" in caplog.text


def test_what_a_step_returned_stays_as_it_was() -> None:
    """The next replay writes into the tensors of the last one."""
    settings = experiment()
    model = new_model(settings)
    optimiser = build_optimiser(
        settings.recipe, model.backbone_parameters(), model.head_parameters()
    )
    steps = CapturedSteps(loop.train_step, Repeating())
    objective = Objective(settings.recipe)
    seen = []
    for number in range(WARM_UP + 3):
        images = torch.randn(
            4, 3, settings.crop, settings.crop, generator=torch.Generator().manual_seed(number)
        )
        loss, scores = steps(
            model, optimiser, objective, images, Targets(torch.arange(4.0)), "float32", None
        )
        seen.append((loss, scores, loss.clone(), scores.clone()))
    for loss, scores, loss_then, scores_then in seen:
        assert loss.equal(loss_then)
        assert scores.equal(scores_then)


def test_a_run_that_goes_on_with_a_small_batch_records_the_full_ones() -> None:
    settings, recorder = experiment(), Repeating()
    model = new_model(settings)
    optimiser = build_optimiser(
        settings.recipe, model.backbone_parameters(), model.head_parameters()
    )
    steps = CapturedSteps(loop.train_step, recorder)
    objective = Objective(settings.recipe)
    for crops in (2, *[4] * (WARM_UP + 2), 2, 4):
        images = torch.randn(crops, 3, settings.crop, settings.crop)
        targets = Targets(torch.arange(float(crops)))
        steps(model, optimiser, objective, images, targets, "float32", None)
    assert (recorder.recorded, recorder.replayed) == (1, 4)  # one of them to try it


LOSSES = get_args(Loss.model_fields["name"].annotation)


@pytest.mark.parametrize(
    ("loss", "precision"), [*((loss, "float32") for loss in LOSSES), ("l1", "bfloat16")]
)
def test_no_step_waits_for_values(loss: str, precision: Precision) -> None:
    """Tensors without values: whatever asks for one, or for a shape that depends on one, fails."""
    ranking = {"alpha": 0.3} if loss == "l1_ranking" else {}
    settings = experiment(loss={"name": loss, **ranking}, gradient_clipping=1.0)
    objective = Objective(settings.recipe)
    model = new_model(settings).train()
    with FakeTensorMode() as valueless:
        for module in model.modules():
            for held in (module._parameters, module._buffers):
                held |= {n: valueless.from_tensor(t) for n, t in held.items() if t is not None}
        optimiser = build_optimiser(
            settings.recipe, model.backbone_parameters(), model.head_parameters()
        )
        images, labels = torch.empty(4, 3, settings.crop, settings.crop), torch.empty(4)
        targets = Targets(labels)
        for _ in range(2):
            _, scores = loop.train_step(
                model, optimiser, objective, images, targets, precision, 1.0
            )
    assert scores.shape == (4,)


def test_only_a_gpu_records_and_only_if_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CudaGraphs", lambda device: Repeating())
    cpu, gpu = torch.device("cpu"), torch.device("cuda", 0)
    assert loop.step_of(Compute(threads=1), cpu) is loop.train_step
    assert isinstance(loop.step_of(Compute(threads=1), gpu), CapturedSteps)
    assert loop.step_of(Compute(threads=1, capture=False), gpu) is loop.train_step
    assert loop.step_of(Compute(threads=1), gpu, processes=2) is loop.train_step
