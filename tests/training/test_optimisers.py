from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from smartiqa.config.experiment import Recipe
from smartiqa.training.optimisers import build_optimiser, optimiser_of_epoch, untrained_parameters
from smartiqa.training.schedules import rates_of_epoch

recipe = partial(
    Recipe,
    optimizer="adam",
    backbone_rate=1e-2,
    head_rate=1e-1,
    weight_decay=1e-3,
    schedule="cosine",
    epochs=4,
    batch_size=8,
    train_crops=1,
    validation_crops=1,
)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.backbone = nn.Linear(3, 5)
        self.head = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 1))

    def forward(self, inputs):
        return self.head(torch.tanh(self.backbone(inputs)))[:, 0]


class Run:
    """Trains a small network as the training loop does: one optimiser call an epoch."""

    def __init__(self, **changes):
        self.recipe = recipe(**changes)
        self.network = Network()
        self.optimiser = build_optimiser(self.recipe, *self.groups())

    def groups(self):
        return list(self.network.backbone.parameters()), list(self.network.head.parameters())

    def epoch(self, number, steps=2):
        self.optimiser = optimiser_of_epoch(self.optimiser, self.recipe, *self.groups(), number)
        generator = torch.Generator().manual_seed(number)
        for _ in range(steps):
            inputs = torch.randn(8, 3, generator=generator)
            self.network.zero_grad()
            (self.network(inputs) - inputs.sum(dim=1)).square().mean().backward()
            self.optimiser.step()

    def weights(self):
        return {name: value.detach().clone() for name, value in self.network.named_parameters()}


def changed(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_every_parameter_is_trained_in_every_epoch():
    run = Run()
    for epoch in range(4):
        before = run.weights()
        run.epoch(epoch)
        assert untrained_parameters(run.network, run.optimiser) == []
        assert changed(before, run.weights()) == set(before)


def test_as_published_the_head_is_trained_in_the_first_epoch_only():
    run = Run(optimizer_lifetime="rebuilt_as_published")
    head = {f"head.{name}" for name, _ in run.network.head.named_parameters()}
    for epoch in range(4):
        before = run.weights()
        run.epoch(epoch)
        untrained = set() if epoch == 0 else head
        assert set(untrained_parameters(run.network, run.optimiser)) == untrained
        assert changed(before, run.weights()) == set(before) - untrained


def test_the_published_exhausted_iterator_does_the_same():
    """The published code's mistake itself, on a copy of the network."""
    ours, theirs = Run(optimizer_lifetime="rebuilt_as_published"), Run()
    backbone = {id(parameter) for parameter in theirs.network.backbone.parameters()}
    head = filter(lambda parameter: id(parameter) not in backbone, theirs.network.parameters())
    for epoch in range(4):
        rates = rates_of_epoch(theirs.recipe, epoch)
        groups = [
            {"params": head, "lr": rates.head},
            {"params": theirs.network.backbone.parameters(), "lr": rates.backbone},
        ]
        optimiser = torch.optim.Adam(groups, weight_decay=1e-3, fused=True)
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(2):
            inputs = torch.randn(8, 3, generator=generator)
            optimiser.zero_grad()
            (theirs.network(inputs) - inputs.sum(dim=1)).square().mean().backward()
            optimiser.step()
        ours.epoch(epoch)
        assert changed(ours.weights(), theirs.weights()) == set()


@pytest.mark.parametrize(("lifetime", "steps"), [("whole_run", 6), ("rebuilt_as_published", 2)])
def test_moments_live_as_long_as_the_optimiser(lifetime, steps):
    run = Run(optimizer_lifetime=lifetime)
    for epoch in range(3):
        run.epoch(epoch)
    assert {int(state["step"]) for state in run.optimiser.state.values()} == {steps}


@pytest.mark.parametrize("lifetime", ["whole_run", "rebuilt_as_published"])
def test_rates_follow_the_schedule(lifetime):
    run = Run(optimizer_lifetime=lifetime)
    for epoch in range(4):
        run.epoch(epoch)
        rates = tuple(group["lr"] for group in run.optimiser.param_groups)
        assert rates == rates_of_epoch(run.recipe, epoch)


@pytest.mark.parametrize("lifetime", ["whole_run", "rebuilt_as_published"])
def test_a_resumed_run_ends_with_the_same_weights(lifetime):
    through, resumed = Run(optimizer_lifetime=lifetime), Run(optimizer_lifetime=lifetime)
    for epoch in range(4):
        through.epoch(epoch)
    for epoch in range(2):
        resumed.epoch(epoch)
    state = resumed.optimiser.state_dict()
    resumed.optimiser = build_optimiser(resumed.recipe, *resumed.groups(), epoch=1)
    resumed.optimiser.load_state_dict(state)
    for epoch in range(2, 4):
        resumed.epoch(epoch)
    assert changed(through.weights(), resumed.weights()) == set()


@pytest.mark.parametrize(
    ("name", "expected"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)]
)
def test_name_decides_the_kind(name, expected):
    run = Run(optimizer=name)
    run.epoch(0)
    plain = Run()
    reference = expected(
        [{"params": group} for group in plain.groups()], weight_decay=1e-3, foreach=False
    )
    for group, rate in zip(reference.param_groups, (1e-2, 1e-1), strict=True):
        group["lr"] = rate
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        inputs = torch.randn(8, 3, generator=generator)
        plain.network.zero_grad()
        (plain.network(inputs) - inputs.sum(dim=1)).square().mean().backward()
        reference.step()
    for ours, theirs in zip(run.weights().values(), plain.weights().values(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert type(run.optimiser) is expected


def test_untrained_parameters_are_named():
    run = Run()
    run.epoch(0)
    run.network.extra = nn.Linear(2, 2)
    run.network.head[0].weight.grad = None
    run.network.backbone.bias.requires_grad_(False)
    run.network.backbone.bias.grad = None
    assert untrained_parameters(run.network, run.optimiser) == [
        "head.0.weight",
        "extra.weight",
        "extra.bias",
    ]


def test_the_fused_step_does_not_depend_on_the_number_of_threads():
    results = []
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        generator = torch.Generator().manual_seed(0)
        parameter = nn.Parameter(torch.randn(70_001, generator=generator))
        optimiser = build_optimiser(recipe(optimizer="adamw"), [parameter], [])
        for _ in range(3):
            parameter.grad = torch.randn(70_001, generator=generator)
            optimiser.step()
        results.append(parameter.detach())
    torch.set_num_threads(before)
    assert optimiser.defaults["fused"]
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
