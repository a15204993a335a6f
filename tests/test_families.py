"""The page of backbones says of every family of timm what the installed timm does."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm

from benchmarks.families import HEADER, described, read_rows, representatives

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "backbones.md"
ROWS = {row[0].strip("`"): row for row in read_rows(PAGE)}
VERSION = f"timm {timm.__version__} "


def test_every_family_has_a_row() -> None:
    assert list(ROWS) == timm.list_modules(), (
        "timm has other families now: python -m benchmarks.families"
    )
    assert {len(row) for row in ROWS.values()} == {len(HEADER)}


def test_the_page_names_the_installed_timm() -> None:
    if VERSION not in PAGE.read_text():
        pytest.skip(f"made with another version than {timm.__version__}; its rows are compared")


@pytest.mark.parametrize("family", ROWS)
def test_a_family_is_as_its_row_says(family: str) -> None:
    """Names, crop, maps, parameters; no weights are needed, and nothing is downloaded."""
    row = ROWS[family]
    _, cells = described(family, row[1].strip("`"))
    assert list(cells) == row[: len(cells)], "python -m benchmarks.families writes the page anew"
    assert all(row[len(cells) :]) == bool(row[4])


def test_models_that_are_gone_and_families_that_are_new_get_the_smallest(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    kept = "".join(f"| `{name}` | {row[1]} |\n" for name, row in ROWS.items() if name != "convit")
    page.write_text(kept.replace("`vgg11`", "`vgg10`"))
    found = representatives(page)
    assert (found["convit"], found["vgg"]) == ("convit_tiny", "vgg11")
    assert found["resnet"] == ROWS["resnet"][1].strip("`")
