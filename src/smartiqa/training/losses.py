"""Training losses on a batch of quality scores.

Every loss maps predictions and targets of shape (batch,) to a scalar. The pairwise losses average
over the ordered pairs (i, j) whose targets differ. A batch without such a pair (a batch of one, or
all targets equal) carries no order to learn: its pairwise loss is 0, its correlation loss is 1, and
the gradient of both is 0, where the published code gives NaN or a loss detached from the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from smartiqa.config.experiment import Loss
from smartiqa.core.choices import Choice

LossFunction = Callable[[Tensor, Tensor], Tensor]

PUBLISHED_EPSILON = 1e-8
PUBLISHED_TIE = 1e-6
PUBLISHED_SIGMA = 0.1
NORMAL_TO_LOGISTIC = 1.702


def loss_function(loss: Loss) -> LossFunction:
    """Return the function (predictions, targets) -> scalar that `loss` describes."""
    return LOSSES.of(loss)(loss)


def l1(predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute error, mean |p - q| (SMART-IQA's and HyperIQA's training loss)."""
    return F.l1_loss(predictions, targets)


def l2(predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error, mean (p - q)^2 (SMART-IQA, loss comparison)."""
    return F.mse_loss(predictions, targets)


def srcc(predictions: Tensor, targets: Tensor) -> Tensor:
    """One minus the batch's Pearson correlation, between 0 and 2.

    The published "SRCC loss": no ranks are taken, because ranks have no gradient. With p and q
    centred, the loss is 1 - p.q / (|p| |q| + 1e-8) (SMART-IQA, loss comparison).

    A constant side makes the correlation 0. Its gradient is then that of 1 - p.q: zero for constant
    targets, and towards the targets' order for constant predictions.
    """
    p, q = _centred(predictions), _centred(targets)
    scale = torch.linalg.vector_norm(p) * torch.linalg.vector_norm(q)
    return 1 - p @ q / torch.where(scale > 0, scale + PUBLISHED_EPSILON, 1)


def pairwise_ranking(predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean of max(0, |p_i - p_j| - e_ij (q_i - q_j)) over pairs, e_ij = 1 if p_i >= p_j else -1.

    As published (SMART-IQA, loss comparison). The sign follows the order of the *predictions*, so a
    pair in the right order costs nothing as long as its predictions lie no further apart than its
    targets: predictions may shrink towards each other for free, as long as they are not equal.
    """
    p, q = _differences(predictions), _differences(targets)  # (batch, batch)
    order = torch.where(p >= 0, 1, -1)
    return _mean_over(q.abs() > PUBLISHED_TIE, F.relu(p.abs() - order * q))


def pairwise_fidelity(predictions: Tensor, targets: Tensor) -> Tensor:
    """Mean of 1 - sqrt(a b) - sqrt((1 - a)(1 - b)) over pairs, between 0 and 1.

    The probability that i is better than j is a = sigmoid(q_i - q_j) by the targets and
    b = sigmoid(1.702 (p_i - p_j) / (sqrt(2) 0.1)) by the predictions: the published code takes a
    fixed spread of 0.1 for every prediction, replaces the normal distribution by a logistic one,
    and adds 1e-8 under each root (SMART-IQA, loss comparison).
    """
    p, q = _differences(predictions), _differences(targets)  # (batch, batch)
    a = torch.sigmoid(q)
    b = torch.sigmoid(p * NORMAL_TO_LOGISTIC / (math.sqrt(2) * PUBLISHED_SIGMA))
    agreement = (a * b + PUBLISHED_EPSILON).sqrt() + ((1 - a) * (1 - b) + PUBLISHED_EPSILON).sqrt()
    return _mean_over(q.abs() > PUBLISHED_TIE, 1 - agreement)


def pairwise_hinge(predictions: Tensor, targets: Tensor, *, margin: float) -> Tensor:
    """Mean of max(0, margin - sign(q_i - q_j) (p_i - p_j)) over pairs (SMART-IQA, design notes)."""
    p, q = _differences(predictions), _differences(targets)  # (batch, batch)
    return _mean_over(q != 0, F.relu(margin - q.sign() * p))


def l1_ranking(predictions: Tensor, targets: Tensor, *, alpha: float, margin: float) -> Tensor:
    """L1 + alpha x pairwise hinge ranking (SMART-IQA's design notes; margin 0.1, alpha 0.3)."""
    return l1(predictions, targets) + alpha * pairwise_hinge(predictions, targets, margin=margin)


LOSSES: Choice[Callable[[Loss], LossFunction]] = Choice(
    Loss,
    "name",
    {
        "l1": lambda _: l1,
        "l2": lambda _: l2,
        "srcc": lambda _: srcc,
        "pairwise_ranking": lambda _: pairwise_ranking,
        "pairwise_fidelity": lambda _: pairwise_fidelity,
        "l1_ranking": lambda loss: partial(l1_ranking, alpha=loss.alpha, margin=loss.margin),
    },
)


def _centred(values: Tensor) -> Tensor:
    # Taking the first value away makes a constant batch exactly zero, free of the mean's rounding.
    shifted = values - values[0]
    return shifted - shifted.mean()


def _differences(values: Tensor) -> Tensor:
    return values.unsqueeze(1) - values.unsqueeze(0)


def _mean_over(pairs: Tensor, values: Tensor) -> Tensor:
    return torch.where(pairs, values, 0).sum() / pairs.sum().clamp(min=1)
