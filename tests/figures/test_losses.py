from __future__ import annotations

from pathlib import Path

from drawing import drawn, position
from matplotlib.colors import to_rgba

from made_up_results import EXPERIMENTS, GROUPS, read_paper
from smartiqa.figures.style import BLUE, VERMILLION


def test_losses_are_filled_where_the_test_found_a_difference(results: Path) -> None:
    for axes, metric in zip(drawn("losses", results).axes, ("srcc", "plcc"), strict=True):
        assert axes.get_xlabel() == metric.upper()
        tests = read_paper(results)["comparisons"]["losses"]
        significant = {
            test["second"]: test["significant"] for test in tests if test["metric"] == metric
        }
        assert {True, False} == set(significant.values()), "the made-up results lack a case"
        for row, (name, container) in enumerate(
            zip(GROUPS["losses"], axes.containers, strict=True)
        ):
            marker = container.lines[0]
            assert position(marker)[1] == row
            filled = name == "C3" or significant[name]
            colour = VERMILLION if name == "C3" else BLUE
            face = colour if filled else "white"
            assert to_rgba(marker.get_markerfacecolor()) == to_rgba(face)
    labels = [label.get_text() for label in drawn("losses", results).axes[0].get_yticklabels()]
    assert labels == ["L1 loss", *(EXPERIMENTS[name][0] for name in GROUPS["losses"][1:])]
