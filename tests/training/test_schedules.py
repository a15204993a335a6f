from __future__ import annotations

from functools import partial

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from smartiqa.config.experiment import Recipe
from smartiqa.training.schedules import Rates, rates_of_epoch

recipe = partial(
    Recipe,
    optimizer="adamw",
    backbone_rate=5e-7,
    head_rate=5e-6,
    weight_decay=2e-4,
    epochs=10,
    batch_size=32,
    train_crops=20,
    validation_crops=20,
)


def test_constant():
    rates = [rates_of_epoch(recipe(schedule="constant"), epoch) for epoch in range(10)]
    assert rates == [Rates(5e-7, 5e-6)] * 10


@pytest.mark.parametrize("floor", [0.0, 1e-7, 1e-6])
def test_cosine_equals_torch(floor):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (5e-7, 5e-6)]
    optimiser = torch.optim.AdamW(groups)
    scheduler = CosineAnnealingLR(optimiser, T_max=10, eta_min=floor)
    ours = recipe(schedule="cosine", cosine_floor=floor)
    for epoch in range(10):
        expected = [group["lr"] for group in optimiser.param_groups]
        assert rates_of_epoch(ours, epoch) == pytest.approx(expected, rel=1e-12)
        optimiser.step()
        scheduler.step()


def test_published_floor_makes_the_backbone_rate_rise():
    rates = [
        rates_of_epoch(recipe(schedule="cosine", cosine_floor=1e-6), epoch) for epoch in range(10)
    ]
    backbone, head = zip(*rates, strict=True)
    assert list(backbone) == sorted(backbone)
    assert list(head) == sorted(head, reverse=True)
    assert backbone[0] == 5e-7
    assert 9.5e-7 < backbone[-1] < 1e-6 < head[-1] < 1.2e-6


def test_without_a_floor_both_rates_fall():
    rates = [rates_of_epoch(recipe(schedule="cosine"), epoch) for epoch in range(10)]
    for of_group in zip(*rates, strict=True):
        assert list(of_group) == sorted(of_group, reverse=True)
        assert 0 < of_group[-1] < 0.03 * of_group[0]


def test_step_is_hyperiqa_as_published():
    original = recipe(schedule="step", backbone_rate=2e-5, head_rate=2e-4, epochs=16)
    rates = [rates_of_epoch(original, epoch) for epoch in range(16)]
    assert {rate.backbone for rate in rates} == {2e-5}
    # New rates are set after epochs 0, 1, ...: those set after epoch 6 (a tenth) rule epoch 7, and
    # those set after epoch 9 (no lead over the backbone any more) rule epoch 10.
    expected = [2e-4] * 7 + [2e-5] * 3 + [2e-6] * 3 + [2e-7] * 3
    assert [rate.head for rate in rates] == pytest.approx(expected)
