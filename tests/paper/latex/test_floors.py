"""What the text says of the full model and the regression that was chosen."""

from __future__ import annotations

from typing import Any

import pytest

from made_up_paper import ROOT, made_up_paper
from smartiqa.paper.latex.environment import rendered
from smartiqa.paper.latex.floors import against_regression
from smartiqa.paper.latex.values import Branch


def said(**changes: Any) -> str:
    comparison = {
        "first": "svr", "second": "C3", "dataset": "home", "metric": "srcc", "difference": 0.031,
        "low": 0.012, "high": 0.05, "p_value": 0.002, "p_holm": 0.002, "significant": True,
        "seeds": [1, 3], "contents": 600, "tests": 1,
    }  # fmt: skip
    return str(against_regression(Branch({"floors": {"comparison": comparison | changes}})))


def test_a_clear_difference_is_called_one() -> None:
    assert said().startswith("The full model is clearly better than that regression: the differ")
    assert r"$+$0.031 (95\,\% interval 0.012 to 0.050" in said()
    worse = said(difference=-0.031, low=-0.05, high=-0.012)
    assert "clearly worse than that regression" in worse


def test_what_the_test_does_not_confirm_is_no_difference() -> None:
    found = said(significant=False, p_holm=0.6, low=-0.01, high=0.07)
    assert "not distinguishable from that regression" in found


UNTESTED = {"p_value": None, "p_holm": None, "significant": False}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seeds": [1, 1], "low": None, "high": None}, "with one seed of the full model, which"),
        ({"seeds": [1, 2]}, "with two seeds of the full model, which cannot tell it from the ch"),
        ({"contents": 5}, "on five contents, too few to tell it from their chance."),
    ],
)
def test_without_a_test_nothing_is_concluded(changes: dict[str, Any], reason: str) -> None:
    found = said(**UNTESTED, **changes)
    assert found.startswith("The difference seen in SRCC between the full model and that regre")
    assert reason in found
    assert "better" not in found


def test_no_comparison_is_said() -> None:
    found = against_regression(Branch({"floors": {"experiment": "C3"}}))
    assert found.endswith("so the full model is not compared with one.")


def test_the_curve_is_told_by_the_images_that_were_drawn() -> None:
    """Whole contents are drawn, so that a share may hold more images than it says."""
    values = made_up_paper("demo")
    values["floors"]["curve"][0] |= {"share": 0.125, "images": 102.0}
    values["floors"]["train"] = 561
    text = rendered(ROOT / "paper" / "sections" / "floors.tex.j2", values)
    assert "Fitted to 102 of the 561 training images, that regression reaches" in text
