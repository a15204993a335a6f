from __future__ import annotations

from pathlib import Path

import pytest
from drawing import drawn, mean_srcc, position

from made_up_results import EXPERIMENTS, GROUPS


def test_models_lie_at_their_parameters_and_srcc(results: Path) -> None:
    (axes,) = drawn("size_performance", results).axes
    names = [*GROUPS["sizes"], *GROUPS["cnn"]]
    expected = {EXPERIMENTS[n][0]: (EXPERIMENTS[n][1] / 1e6, mean_srcc(results, n)) for n in names}
    shown = {c.get_label(): position(c.lines[0]) for c in axes.containers}
    assert list(shown) == list(expected)
    for title, point in expected.items():
        assert shown[title] == pytest.approx(point)
