"""Every message about a split, whole: the file, the image or content, and what to do."""

from __future__ import annotations

import pandas as pd
import pytest

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.splits import assign_splits

OFFICIAL = Split(kind="official")


def labels(source: str | None = "mine.csv", **columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    names = [f"{number}.png" for number in range(count)]
    empty = [""] * count
    frame = pd.DataFrame({"id": names, "split": empty, "reference": empty} | columns)
    frame.attrs = {"source": source} if source else {}
    return frame


def message(frame: pd.DataFrame, plan: Split) -> str:
    with pytest.raises(InputError) as caught:
        assign_splits(frame, plan)
    return str(caught.value)


@pytest.mark.parametrize(
    ("frame", "plan", "expected"),
    [
        (
            labels(split=["", ""]),
            OFFICIAL,
            "mine.csv gives no split of its own; "
            "set the split's kind to random, by_reference or all_test",
        ),
        (
            labels(split=["train", "tset", "held", "test", "held"]),
            OFFICIAL,
            "mine.csv: '2.png' has the split 'held'; use train, validation, test or leave it empty",
        ),
        (
            labels(split=["train", "test"]),
            OFFICIAL,
            "mine.csv has too few training images to set some aside for validation; "
            "add images or set the second of the split's fractions to 0",
        ),
        (
            labels(reference=["a", "", "b"]),
            Split(kind="by_reference"),
            "mine.csv gives no reference for '1.png', "
            "which a split by_reference needs; use the kind random",
        ),
        (
            labels(split=["train", "test"], reference=["a", "a"]),
            OFFICIAL,
            "mine.csv: the content 'a' is in the splits test and train; use the kind by_reference",
        ),
        (
            labels(None, split=["", ""]),
            OFFICIAL,
            "the label file gives no split of its own; "
            "set the split's kind to random, by_reference or all_test",
        ),
    ],
)
def test_the_whole_message(frame: pd.DataFrame, plan: Split, expected: str) -> None:
    assert message(frame, plan) == expected


def test_an_image_that_is_left_out_may_share_its_content() -> None:
    frame = labels(split=["train", "", "test"], reference=["a", "a", "b"])
    plan = Split(kind="official", fractions=(0.8, 0.0, 0.2))
    assert assign_splits(frame, plan).tolist() == ["train", "", "test"]


def test_every_split_keeps_the_order_of_its_rows() -> None:
    frame = labels(split=["train", "validation", "test"] * 8).sample(frac=1, random_state=1)
    for plan in (OFFICIAL, Split(kind="random", redraw=True), Split(kind="all_test")):
        splits = assign_splits(frame, plan)
        assert splits.index.equals(frame.index)
    assert (assign_splits(frame, OFFICIAL) == frame["split"]).all()
