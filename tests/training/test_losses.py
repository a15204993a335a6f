from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from smartiqa.config.experiment import Loss
from smartiqa.training.losses import loss_function

LOSSES = [
    *(Loss(name=name) for name in get_args(Loss.model_fields["name"].annotation)),
    Loss(name="l1_ranking", alpha=0.5, margin=2.0),
]
PAIRWISE = [loss for loss in LOSSES if loss.name in ("pairwise_ranking", "pairwise_fidelity")]
EVERY_LOSS = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.name}-{loss.alpha:g}")


def naive(loss, p, q):
    """The formulas of the docstrings as loops over plain floats."""
    n = len(p)
    if loss.name in ("l1", "l1_ranking"):
        value = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / n
    elif loss.name == "l2":
        value = sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) / n
    elif loss.name == "srcc":
        mean_p, mean_q = sum(p) / n, sum(q) / n
        dot = sum((a - mean_p) * (b - mean_q) for a, b in zip(p, q, strict=True))
        size = math.sqrt(sum((a - mean_p) ** 2 for a in p) * sum((b - mean_q) ** 2 for b in q))
        value = 1 - dot / (size + 1e-8)
    else:
        value = 0.0
    costs = [
        pair_cost(loss, p[i] - p[j], q[i] - q[j])
        for i in range(n)
        for j in range(n)
        if abs(q[i] - q[j]) > 1e-6
    ]
    weight = loss.alpha if loss.name == "l1_ranking" else 1
    return value + weight * sum(costs) / max(len(costs), 1)


def pair_cost(loss, dp, dq):
    if loss.name == "l1_ranking":
        return max(0, loss.margin - math.copysign(1, dq) * dp)
    if loss.name == "pairwise_ranking":
        return max(0, abs(dp) - (1 if dp >= 0 else -1) * dq)
    if loss.name == "pairwise_fidelity":
        a = 1 / (1 + math.exp(-dq))
        b = 1 / (1 + math.exp(-1.702 * dp / (math.sqrt(2) * 0.1)))
        return 1 - math.sqrt(a * b + 1e-8) - math.sqrt((1 - a) * (1 - b) + 1e-8)
    return 0.0


def batch(size, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    p, q = scale * torch.randn(2, size, generator=generator, dtype=torch.float64)
    return p.requires_grad_(), q


@EVERY_LOSS
@pytest.mark.parametrize("size", [2, 3, 9])
@pytest.mark.parametrize("scale", [0.05, 1.0, 4.0])
def test_equals_the_formula_written_as_loops(loss, size, scale):
    p, q = batch(size, scale)
    q[-1] = q[0]  # a tie among the targets
    if size > 2:
        p = p.detach().index_copy(0, torch.tensor([2]), p.detach()[:1])  # one of the predictions
    value = loss_function(loss)(p, q)
    assert value.shape == ()
    assert value.item() == pytest.approx(naive(loss, p.tolist(), q.tolist()), abs=1e-12)


@EVERY_LOSS
def test_gradient_equals_finite_differences(loss):
    p, q = batch(6, 0.3)
    assert torch.autograd.gradcheck(lambda values: loss_function(loss)(values, q), p)


@EVERY_LOSS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("p", "q"),
    [
        ([61.3], [40.0]),
        ([61.3, 12.0, 40.0], [63.7, 63.7, 63.7]),
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]),
        ([63.7, 63.7, 63.7], [0.1, 50.0, 99.9]),
        ([0.0, 100.0, 50.0], [100.0, 0.0, 50.0]),
    ],
    ids=["one-image", "equal-targets", "all-equal", "equal-predictions", "extremes"],
)
def test_degenerate_batches_have_finite_values_and_gradients(loss, dtype, p, q):
    p = torch.tensor(p, dtype=dtype, requires_grad=True)
    value = loss_function(loss)(p, torch.tensor(q, dtype=dtype))
    value.backward()
    assert value.isfinite()
    assert p.grad.isfinite().all()
    assert p.grad.abs().max() <= 250


@pytest.mark.parametrize("loss", [*PAIRWISE, Loss(name="srcc")], ids=lambda loss: loss.name)
@pytest.mark.parametrize("q", [[40.0], [63.7, 63.7, 63.7]], ids=["one-image", "equal-targets"])
def test_a_batch_without_order_teaches_nothing(loss, q):
    p = torch.linspace(0, 50, len(q), requires_grad=True)
    value = loss_function(loss)(p, torch.tensor(q))
    value.backward()
    assert value.item() == (1 if loss.name == "srcc" else 0)
    assert p.grad.tolist() == [0] * len(q)


def test_srcc_leads_equal_predictions_towards_the_order_of_the_targets():
    p = torch.full((3,), 50.0, requires_grad=True)
    loss_function(Loss(name="srcc"))(p, torch.tensor([10.0, 30.0, 20.0])).backward()
    assert (-p.grad).argsort().tolist() == [0, 2, 1]


@settings(deadline=None)
@given(st.floats(0.1, 10), st.floats(-100, 100), st.integers(0, 1000))
def test_srcc_ignores_affine_maps_of_the_predictions(scale, shift, seed):
    p, q = batch(8, seed=seed)
    loss = loss_function(Loss(name="srcc"))
    assert loss(scale * p + shift, q).item() == pytest.approx(loss(p, q).item(), abs=1e-6)
    assert loss(p, q).item() + loss(-p, q).item() == pytest.approx(2)


@settings(deadline=None)
@given(st.floats(1e-3, 1), st.integers(0, 1000))
def test_published_ranking_does_not_punish_shrinking(shrink, seed):
    _, q = batch(8, seed=seed)
    assert loss_function(Loss(name="pairwise_ranking"))(shrink * q, q).item() <= 1e-12


@EVERY_LOSS
def test_order_of_the_batch_does_not_matter(loss):
    p, q = batch(7)
    permuted = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    function = loss_function(loss)
    assert function(p[permuted], q[permuted]).item() == pytest.approx(function(p, q).item())


@EVERY_LOSS
def test_training_on_the_loss_puts_predictions_in_order(loss):
    # Close together, because the published fidelity loss saturates where scores lie far apart.
    start = torch.tensor([0.2, 0.1, 0.0], dtype=torch.float64)
    p, q = start.requires_grad_(), torch.tensor([0.0, 2.0, 4.0], dtype=torch.float64)
    optimiser = torch.optim.Adam([p], lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        loss_function(loss)(p, q).backward()
        optimiser.step()
    assert p.argsort().tolist() == [0, 1, 2]
