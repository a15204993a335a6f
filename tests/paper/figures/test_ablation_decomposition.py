from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from drawing import drawn, mean_srcc, texts

from made_up_results import ABLATION, EXPERIMENTS
from smartiqa.paper.figures.style import signed


def test_steps_lead_from_c0_to_c3(results: Path) -> None:
    (axes,) = drawn("ablation_decomposition", results).axes
    levels = [mean_srcc(results, name) for name in ABLATION]
    for bar, (start, end) in zip(axes.patches, pairwise(levels), strict=True):
        assert bar.get_y() == pytest.approx(start)
        assert bar.get_y() + bar.get_height() == pytest.approx(end)
    names = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert names == [EXPERIMENTS[name][0] for name in ABLATION]
    total = levels[-1] - levels[0]
    for start, end in pairwise(levels):
        share = f"{100 * (end - start) / total:.0f} %"
        assert f"{end - start:+.3f}\n({share})" in texts(axes.figure)


def test_shares_that_mean_nothing_are_left_out(edit_paper: Callable[..., Path]) -> None:
    folder = edit_paper(lambda paper: paper["gain"].update(shares=None))
    assert not any("%" in text for text in texts(drawn("ablation_decomposition", folder)))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0026, "+0.003"), (-0.0026, "\N{MINUS SIGN}0.003"), (0.0004, "0.000"), (-0.0004, "0.000")],
)
def test_a_gain_has_the_sign_of_its_digits(value: float, text: str) -> None:
    assert signed(value, 3) == text
