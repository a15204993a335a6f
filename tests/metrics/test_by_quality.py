from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smartiqa.metrics.by_quality import THIRDS, nearest_to_percentile, thirds

SOURCE = Path(__file__).parents[2] / "src" / "smartiqa"


def test_thirds_are_thirds_of_the_images_not_of_the_range() -> None:
    quality = np.array([3.0, 90, 40, 41, 99, 1, 50, 95, 2])
    assert thirds(quality).tolist() == [
        *("low", "high", "middle", "middle", "high", "low", "middle", "high", "low")
    ]
    skewed = thirds(np.random.default_rng(0).exponential(size=3_000))
    assert [int((skewed == name).sum()) for name in THIRDS] == [1_000, 1_000, 1_000]


def test_equal_qualities_share_a_third() -> None:
    assert thirds([1, 1, 1, 1, 2, 3]).tolist() == ["middle"] * 4 + ["high"] * 2
    five_grades = thirds(np.repeat([1, 2, 3, 4, 5], 20))
    assert [int((five_grades == name).sum()) for name in THIRDS] == [40, 20, 40]


@pytest.mark.parametrize(("worst", "name"), [(4, "low"), (6, "low"), (7, "middle")])
def test_the_worst_quality_is_low_unless_two_thirds_have_it(worst: int, name: str) -> None:
    quality = np.array([0.0] * worst + list(range(1, 11 - worst)))
    assert set(thirds(quality)[:worst]) == {name}
    assert set(thirds(-quality)[:worst]) == {{"low": "high"}.get(name, name)}  # from above alike


def test_an_example_is_the_image_nearest_to_the_percentile() -> None:
    quality = pd.Series([10.0, 20.0, 80.0], index=["a", "b", "c"])
    assert [nearest_to_percentile(quality, p) for p in (0, 40, 100)] == ["a", "b", "c"]


def test_no_other_module_divides_images_into_thirds() -> None:
    divided = [
        path.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and ast.unparse(node) in ("1 / 3", "2 / 3")
    ]
    assert set(divided) == {"by_quality.py"}
