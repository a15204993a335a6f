"""Which column of somebody's label file is what, by its name and what it holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from smartiqa.new_study.columns import find_columns

FILES = ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("column", "cells", "meant"),
    [
        ("origin", ["phone", "camera", "phone"], "source"),
        ("dist_type", ["blur", "", "noise"], "distortion"),
        ("content", ["cat", "bridge", "cat"], "reference"),
        ("scene", ["cat", "bridge", "cat"], "reference"),
        ("scene", ["night|human", "night", "human"], "scene"),
        ("categories", ["night", "night", "human"], "scene"),
        ("severity", ["1", "2", ""], "level"),
        ("severity", ["low", "high", "low"], None),
    ],
)
def test_a_usual_name_is_known_if_the_column_holds_such(
    column: str, cells: list[str], meant: str | None
) -> None:
    table = {"image": FILES, "score": ["1", "2", "3"], column: cells}
    texts = {name: pd.Series(each, dtype="str") for name, each in table.items()}
    found = find_columns(texts, FILES, {}, Path("labels.csv"))
    expected = {"image": "image", "score": "score"}
    assert found == expected | ({} if meant is None else {meant: column})
