from __future__ import annotations

import json
from pathlib import Path

import pytest
from drawing import drawn, texts

from made_up_results import MAPS


def test_curves_are_those_of_the_run_and_end_together(results: Path) -> None:
    found = json.loads((results / "runs/C3/seed1/masking.json").read_text())
    panels = drawn("masking", results).axes
    assert len(panels) == len(found["maps"])
    for axes, curves in zip(panels, found["maps"], strict=True):
        first, random, last = (line.get_xydata().tolist() for line in axes.lines)
        shares = [0, *(hidden / 49 for hidden in found["hidden"]), 1]
        for drawn_line, values in (
            (first, curves["first"]),
            (random, found["random"]),
            (last, curves["last"]),
        ):
            expected = zip(shares, [0, *values, found["whole"]], strict=True)
            assert drawn_line == [pytest.approx(point) for point in expected]


def test_titles_have_both_areas_with_intervals(results: Path) -> None:
    titles = [axes.get_title() for axes in drawn("masking", results).axes]
    area = "+1.5 [\N{MINUS SIGN}0.5, 3.5]"
    assert titles == [f"{name}\ndel. {area}\nins. {area}" for name in MAPS]
    assert "random places" in texts(drawn("masking", results))
