"""What the text says of intervals for single images follows from what was measured."""

from __future__ import annotations

from typing import Any

import pytest

from made_up_paper import ROOT, made_up_paper
from smartiqa.paper.exhibits import shown
from smartiqa.paper.latex.environment import rendered

SECTION = ROOT / "paper" / "sections" / "calibration.tex.j2"
TABLE = ROOT / "paper" / "tables" / "calibration.tex.j2"


def values(**changes: Any) -> dict[str, Any]:
    found = made_up_paper("koniq", ["C0", "C3"])
    for entry in found["intervals"].values():
        entry |= changes
    return found


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.842, 0.88, "less than the level"),
        (0.85, 0.91, "which is the level, as far as these images tell"),
        (0.91, 0.95, "more than the level"),
    ],
)
def test_the_coverage_is_compared_with_the_level(low: float, high: float, said: str) -> None:
    paper = values()
    for entry in paper["intervals"].values():
        entry["coverage"]["koniq10k"]["share"] = {"value": 0.88, "low": low, "high": high}
    text = rendered(SECTION, paper)
    assert text.count(said) == 2
    assert "C0 covers 88\\,\\%" in text


def test_contents_of_several_images_are_told_of() -> None:
    assert "contents" not in rendered(SECTION, values())
    text = rendered(SECTION, values(images=153, contents=3))
    assert "The 153 validation images show only three contents" in text


def test_too_few_images_have_no_interval() -> None:
    paper = values(images=8, contents=8, half_width=None, coverage={})
    assert "an interval that ends takes at least nine of them" in rendered(SECTION, paper)
    assert "eight validation images are too few" in rendered(TABLE, paper)


def test_without_calibrated_runs_there_is_nothing() -> None:
    paper = values() | {"intervals": {}}
    assert not shown(paper, "tables/calibration")
    assert "subsection" not in rendered(SECTION, paper)
    rendered(TABLE, paper)
