from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from drawing import drawn, texts

from made_up_results import EXPERIMENTS, GROUPS, SEEDS, TRAINING, read_paper

NOTE = "* SRCC differs from that of the L1 loss"


def test_rows_show_the_means_intervals_and_seeds_of_both_metrics(results: Path) -> None:
    entries = read_paper(results)["experiments"]
    for axes, metric in zip(drawn("losses", results).axes, ("srcc", "plcc"), strict=True):
        assert axes.get_xlabel() == metric.upper()
        dots = [line for line in axes.lines if line.get_marker() == "."]
        for row, name in enumerate(GROUPS["losses"]):
            expected = entries[name]["results"][TRAINING][metric]
            marker, _, (bar,) = axes.containers[row].lines
            assert (marker.get_xdata()[0], marker.get_ydata()[0]) == (expected["mean"], row)
            np.testing.assert_allclose(
                bar.get_segments()[0][:, 0], [expected["low"], expected["high"]]
            )
            seeds = [expected["seeds"][str(seed)] for seed in SEEDS]
            np.testing.assert_allclose(dots[row].get_xdata(), seeds)


def test_stars_mark_the_losses_for_which_the_test_found_a_difference(results: Path) -> None:
    tests = read_paper(results)["comparisons"]["losses"]
    assert {test["significant"] for test in tests} == {True, False}, "a case is lacking"
    expected = ["L1 loss"] + [
        EXPERIMENTS[test["second"]][0] + (" *" if test["significant"] else "") for test in tests
    ]
    figure = drawn("losses", results)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == expected
    assert any(NOTE in text for text in texts(figure))


def test_no_star_is_explained_where_there_is_none(edit_paper: Callable[..., Path]) -> None:
    def level(paper: dict) -> None:
        for test in paper["comparisons"]["losses"]:
            test["significant"] = False

    written = texts(drawn("losses", edit_paper(level)))
    assert not any("*" in text for text in written)
