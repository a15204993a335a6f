"""What the text says of the ranking follows from its letters."""

from __future__ import annotations

from typing import Any

import pytest

from made_up_paper import ROOT, made_up_paper
from smartiqa.paper.exhibits import shown
from smartiqa.paper.latex.environment import rendered

SECTION = ROOT / "paper" / "sections" / "ranking.tex.j2"
TABLE = ROOT / "paper" / "tables" / "ranking.tex.j2"
NAMES = ("C3", "C2", "C0")


def values(*letters: str | None, tests: int = 3) -> dict[str, Any]:
    rows = [
        {"experiment": name, "letters": None if own is None else list(own)}
        for name, own in zip(NAMES, letters, strict=True)
    ]
    ranking = {"rows": rows, "tests": tests, "differing": 2}
    return made_up_paper("koniq", NAMES) | {"ranking": ranking}


def test_those_that_share_a_letter_with_the_first_are_named() -> None:
    text = rendered(SECTION, values("ab", "bc", "c"))
    assert "all pairs of those with enough seeds (3), tells two of these apart" in text
    assert "C3, cannot be told from C2." in text
    assert "the others" not in text


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        (("a", "b", "b"), "C3, is told from every other."),
        (("a", "a", "a"), "C3, cannot be told from C2 and C0."),
        ((None, "a", "b"), "C2, is told from every other.\nThe places of the others may be those"),
    ],
)
def test_the_first_that_was_tested_is_spoken_of(letters: Any, said: str) -> None:
    assert said in rendered(SECTION, values(*letters))


def test_without_tests_nothing_is_told_apart() -> None:
    text = rendered(SECTION, values(None, None, None, tests=0))
    assert "Too few of them have enough seeds to be told apart" in text
    assert rendered(TABLE, values(None, None, None, tests=0)).count("not tested") == 3


def test_rows_come_in_the_order_given_with_their_letters() -> None:
    lines = [line for line in rendered(TABLE, values("ab", "b", None)).splitlines() if "&" in line]
    cells = [[cell.strip(" \\") for cell in line.split("&")] for line in lines[1:]]
    assert [(row[0], row[1], row[-1]) for row in cells] == [
        ("1", "C3", "ab"), ("2", "C2", "b"), ("3", "C0", "not tested"),
    ]  # fmt: skip


def test_one_experiment_is_no_ranking() -> None:
    paper = made_up_paper("koniq", ["C3"])
    assert not shown(paper, "tables/ranking")
    assert "subsection" not in rendered(SECTION, paper)
