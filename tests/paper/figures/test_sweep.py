from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawing import drawn, mean_srcc, position

from made_up_results import GROUPS, SEEDS, read_paper
from smartiqa.paper.figures.style import VERMILLION


def mean_images(entry: dict) -> float:
    return float(np.mean([each["images"] for each in entry["training"].values()]))


@pytest.mark.parametrize(
    ("figure", "group", "setting"),
    [
        ("learning_rate", "learning_rate", lambda entry: entry["recipe"]["backbone_rate"]),
        ("ranking_weight", "ranking_weight", lambda entry: entry["recipe"]["loss"]["alpha"]),
        ("learning_curve", "training_images", mean_images),
    ],
)
def test_sweeps_show_srcc_seeds_and_interval_at_each_setting(
    figure: str, group: str, setting: Callable[[dict], float], results: Path
) -> None:
    (axes,) = drawn(figure, results).axes
    entries = read_paper(results)["experiments"]
    points = sorted((setting(entries[n]), mean_srcc(results, n)) for n in GROUPS[group])
    np.testing.assert_allclose([position(c.lines[0]) for c in axes.containers], points)
    np.testing.assert_allclose(axes.get_xticks(), [x for x, _ in points])
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [len(dot.get_ydata()) for dot in dots] == [len(SEEDS)] * len(points)
    for (_, value), container in zip(points, axes.containers, strict=True):
        (bar,) = container.lines[2][0].get_segments()
        np.testing.assert_allclose(bar[:, 1], [value - 0.02, min(value + 0.015, 1)])
    colours = [container.lines[0].get_color() for container in axes.containers]
    assert colours.count(VERMILLION) == 1
    reference = colours.index(VERMILLION)
    assert points[reference][0] == setting(entries["C3"])


def test_rates_are_written_briefly(results: Path) -> None:
    (axes,) = drawn("learning_rate", results).axes
    labels = [label.get_text().replace("\N{MINUS SIGN}", "-") for label in axes.get_xticklabels()]
    assert labels == ["1e-7", "3e-7", "5e-7", "1e-6", "3e-6", "5e-6", "1e-5"]
    assert axes.get_xscale() == "log"


def test_a_scaled_rate_is_written_as_briefly(edit_paper: Callable[..., Path]) -> None:
    def scale(paper: dict) -> None:
        recipe = paper["experiments"]["E-1e-7"]["recipe"]
        recipe["backbone_rate"] = 1.9999999999999998e-8

    (axes,) = drawn("learning_rate", edit_paper(scale)).axes
    assert axes.get_xticklabels()[0].get_text() == "2e\N{MINUS SIGN}8"


@pytest.mark.parametrize(
    ("figure", "group"),
    [
        ("learning_rate", "learning_rate"),
        ("ranking_weight", "ranking_weight"),
        ("learning_curve", "training_images"),
        ("size_performance", "sizes"),
    ],
)
@pytest.mark.parametrize("left", [2, 3])
def test_two_points_are_not_joined(
    figure: str, group: str, left: int, without: Callable[..., Path]
) -> None:
    others = [name for name in GROUPS[group] if name != "C3"]
    (axes,) = drawn(figure, without(*others[left - 1 :])).axes
    joined = [line for line in axes.lines if line.get_linestyle() == "-" and line.get_zorder() == 1]
    assert [len(line.get_xdata()) for line in joined] == ([left] if left > 2 else [])
