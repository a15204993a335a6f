"""SPAQ's file of scenes, as its authors lay it out: what a reader must survive and must refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from layouts import SPAQ_SCENES, write_label_files
from smartiqa.core.errors import InputError
from smartiqa.data.datasets.spaq import SCENE_FILE, SCENES, Options, read_labels
from smartiqa.data.manifest import names_of

NAME = "Image name"
THIRD = 0.333333  # as the file rounds it
STRANGE = (
    " has no row about an image of 'MOS and Image attribute scores.xlsx', of which the first is "
    "'00001.jpg'; take files that belong together"
)
Table = pd.DataFrame


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_label_files("spaq", tmp_path, 6)
    return tmp_path


def scenes(root: Path, change: Callable[[Table], Table]) -> list[str]:
    """What is read once the file of scenes is changed."""
    path = root / "Annotations" / SCENE_FILE
    change(pd.read_excel(path, dtype="object")).to_excel(path, index=False)
    return read_labels(root, Options())["scene"].tolist()


def shared(table: Table, row: int, **shares: float) -> Table:
    table.loc[row, [*SPAQ_SCENES]] = [shares.get(name, 0.0) for name in SPAQ_SCENES]
    return table


def test_each_image_has_the_categories_that_have_a_share(root: Path) -> None:
    table = pd.read_excel(root / "Annotations" / SCENE_FILE)
    assert SCENES == SPAQ_SCENES == tuple(table.columns[1:])
    read = names_of(read_labels(root, Options()), "scene")
    expected = table[[*read]] > 0
    assert (read.to_numpy() == expected.to_numpy()).all()
    assert {*SCENES} - {*read} == {name for name in SCENES if (table[name] == 0).all()}
    assert read.sum(axis=1).nunique() > 1


def test_one_category_several_and_none(root: Path) -> None:
    def change(table: Table) -> Table:
        shared(table, 0, Plant=1.0)
        shared(table, 1, Cityscape=THIRD, **{"Night scene": THIRD, "Still-life": THIRD})
        return shared(table, 2)

    assert scenes(root, change)[:3] == ["Plant", "Cityscape|Night scene|Still-life", ""]


def test_rows_are_told_by_their_names(root: Path) -> None:
    before = read_labels(root, Options())["scene"].tolist()
    assert scenes(root, lambda table: table.iloc[::-1]) == before
    other = {NAME: "other.jpg"}
    assert scenes(root, lambda table: pd.concat([table.tail(1).assign(**other), table])) == before
    missing = scenes(root, lambda table: table[table[NAME] != "00002.jpg"])
    assert missing == [before[0], "", *before[2:]]


def test_columns_may_stand_in_another_order_beside_others(root: Path) -> None:
    before = read_labels(root, Options())["scene"].tolist()
    found = scenes(root, lambda table: table[table.columns[::-1]].assign(Sum=1.0))
    assert found == before  # categories are joined in the authors' order


def test_without_the_file_no_image_has_a_scene(root: Path) -> None:
    (root / "Annotations" / SCENE_FILE).unlink()
    assert read_labels(root, Options())["scene"].tolist() == [""] * 6


def test_the_file_may_have_underscores_or_lie_elsewhere(root: Path) -> None:
    before = read_labels(root, Options())["scene"].tolist()
    (root / "Annotations" / SCENE_FILE).rename(root / "scene_category_labels.xlsx")
    assert read_labels(root, Options())["scene"].tolist() == before != [""] * 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda table: shared(table, 1, Plant=float("nan")),
            ", row 2 ('00002.jpg'): the share of 'Plant' is nan; give one of 0 to 1",
        ),
        (
            lambda table: shared(table, 2, Human=-0.5),
            ", row 3 ('00003.jpg'): the share of 'Human' is -0.5; give one of 0 to 1",
        ),
        (
            lambda table: shared(table, 0, Animal=33.3),
            ", row 1 ('00001.jpg'): the share of 'Animal' is 33.3; give one of 0 to 1",
        ),
        (
            lambda table: table.assign(Plant=["yes"] * 6),
            ", row 1: 'yes' in the column 'Plant' is not a number",
        ),
        (
            lambda table: pd.concat([table, table.iloc[2:3]]),
            ", row 7: '00003.jpg' is there twice",
        ),
        (
            lambda table: table.drop(columns="Others"),
            f" has no header row with the columns Image name, {', '.join(SPAQ_SCENES)}",
        ),
        (
            lambda table: table.assign(**{NAME: table[NAME].str.removesuffix(".jpg")}),
            STRANGE,
        ),
        (lambda table: table.iloc[:0], STRANGE),
    ],
    ids=["empty", "negative", "percent", "text", "twice", "column", "names", "rows"],
)
def test_a_wrong_file_is_refused_with_file_and_row(
    change: Callable[[Table], Table], said: str, root: Path
) -> None:
    with pytest.raises(InputError) as caught:
        scenes(root, change)
    assert str(caught.value) == f"{root / 'Annotations' / SCENE_FILE}{said}"
