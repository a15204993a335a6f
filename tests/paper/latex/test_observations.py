from __future__ import annotations

from typing import Any

import pytest
import torch

from made_up_paper import made_up_paper
from smartiqa.config.experiment import Loss
from smartiqa.paper.latex.observations import (
    LOSSES_WITHOUT_SCALE,
    agreement,
    larger_or_smaller,
    trends,
    without_scale,
)
from smartiqa.paper.latex.values import Branch
from smartiqa.training.losses import loss_function


def trend(low: float, high: float, tested: bool = True) -> dict[str, Any]:
    return {"value": (low + high) / 2, "low": low, "high": high, "tested": tested}


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.1, 0.3, "rises"), (-0.3, -0.1, "falls"), (-0.1, 0.1, "no monotone relation")],
)
def test_trends_follow_the_interval(low: float, high: float, words: str) -> None:
    assert words in trends([trend(low, high)])
    untold = trends([trend(low, high, tested=False)])
    assert words not in untold
    assert "too few runs" in untold


def test_trends_are_told_stage_by_stage_and_untested_ones_together() -> None:
    found = trends([trend(0.1, 0.3), None, trend(0.1, 0.3, False), trend(-0.6, 0.4, False)])
    assert found == (
        "The weight of stage~1 rises with quality (rank correlation 0.200~[0.100, 0.300]). The "
        "weight of stage~2 is constant. The rank correlation of the weight with quality that was "
        "seen is 0.200 for stage~3 and $-$0.100 for stage~4, in too few runs or on too few "
        "contents to conclude anything from it."
    )


def test_plain_values_are_compared_without_a_verdict() -> None:
    assert larger_or_smaller(0.2, 0.1, 3) == "larger than"
    assert larger_or_smaller(0.1, 0.2, 3) == "smaller than"
    assert larger_or_smaller(0.2207, 0.2209, 3) == "as large as"  # both are printed as 0.221


def test_published_values_are_placed_where_there_are_seeds_enough() -> None:
    values = made_up_paper("koniq")
    names = ("C0", "C1", "C2")
    for name, low, high in zip(names, (0.1, 0.95, 0.9), (0.5, 0.99, 0.99), strict=True):
        values["experiments"][name]["results"]["koniq10k"]["srcc"] |= {"low": low, "high": high}
    assert agreement(Branch(values), names) == (
        "The published SRCC lies above our interval for C0, below our interval for C1 and inside "
        "our interval for C2."
    )
    values["experiments"]["C0"]["seeds"] = [1, 2]
    assert "C0" not in agreement(Branch(values), names)
    values["datasets"]["koniq10k"]["test_contents"] = 5
    assert "it is not said" in agreement(Branch(values), names)


@pytest.mark.parametrize("name", Loss.model_fields["name"].annotation.__args__)
def test_a_loss_without_scale_does_not_change_with_an_offset(name: str) -> None:
    loss = loss_function(Loss(name=name, **({"alpha": 0.5} if name == "l1_ranking" else {})))
    predictions, targets = torch.rand(2, 16, generator=torch.manual_seed(0)) * 10
    moved = loss(predictions + 40, targets)
    unchanged = torch.allclose(moved, loss(predictions, targets), atol=1e-4)
    assert unchanged == (name in LOSSES_WITHOUT_SCALE)


def test_experiments_whose_loss_has_no_scale_are_named() -> None:
    values = Branch(made_up_paper("koniq", run=("C3", "L-l2", "L-srcc", "L-ranking")))
    names = ["C3", "L-l2", "L-srcc", "L-ranking", "L-fidelity"]
    assert without_scale(values, names) == ["L-srcc", "L-ranking"]
