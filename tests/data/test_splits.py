from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import label_frame
from smartiqa.data.splits import assign_splits, how_drawn


def labels_of(count: int, **columns: Any) -> pd.DataFrame:
    names = [f"{number:04d}.png" for number in range(count)]
    return label_frame(Path("labels.csv"), **{"id": names, "file": names, "score": 1.0, **columns})


def synthetic(references: int, images: int) -> pd.DataFrame:
    contents = [f"I{number % references:02d}" for number in range(references * images)]
    return labels_of(len(contents), reference=contents)


@pytest.mark.parametrize(
    ("references", "training", "testing"), [(81, 65, 16), (29, 23, 6), (30, 24, 6), (25, 20, 5)]
)
def test_eighty_twenty_by_reference(references: int, training: int, testing: int) -> None:
    labels = synthetic(references, 4)
    splits = assign_splits(labels, Split(kind="by_reference", fractions=(0.8, 0, 0.2)))
    contents = labels["reference"].groupby(splits).nunique().to_dict()
    assert contents == {"train": training, "test": testing}


@settings(deadline=None, max_examples=40)
@given(
    references=st.integers(10, 40),
    seed=st.integers(0, 5),
    turn=st.integers(0, 9),
    validation=st.sampled_from([0.0, 0.1, 0.2]),
)
def test_contents_never_meet(references: int, seed: int, turn: int, validation: float) -> None:
    labels = synthetic(references, 3)
    plan = Split(
        kind="by_reference", fractions=(0.8 - validation, validation, 0.2), round=turn, seed=seed
    )
    splits = assign_splits(labels, plan)
    assert splits.groupby(labels["reference"]).nunique().max() == 1
    assert set(splits) == {"train", "test", "validation"} - (
        {"validation"} if not validation else set()
    )


def test_ten_rounds_differ_and_repeat() -> None:
    labels = synthetic(25, 2)
    rounds = [assign_splits(labels, Split(kind="by_reference", round=k)) for k in range(10)]
    assert len({tuple(splits) for splits in rounds}) == 10
    again = assign_splits(labels, Split(kind="by_reference", round=7))
    pd.testing.assert_series_equal(again, rounds[7])
    other = assign_splits(labels, Split(kind="by_reference", round=7, seed=1))
    assert tuple(other) != tuple(rounds[7])


def test_validation_is_carved_out_of_training() -> None:
    labels = labels_of(200)
    without = assign_splits(labels, Split(kind="random", fractions=(0.8, 0, 0.2)))
    with_validation = assign_splits(labels, Split(kind="random", fractions=(0.7, 0.1, 0.2)))
    assert with_validation.value_counts().to_dict() == {"train": 140, "test": 40, "validation": 20}
    assert ((without == "test") == (with_validation == "test")).all()


def test_row_order_does_not_matter() -> None:
    labels = labels_of(50)
    shuffled = labels.sample(frac=1, random_state=0)
    plan = Split(kind="random", seed=3)
    expected = assign_splits(labels, plan)
    pd.testing.assert_series_equal(assign_splits(shuffled, plan).sort_index(), expected)


def test_official_split_is_kept_and_empty_means_unused() -> None:
    given_splits = ["train", "validation", "test", ""]
    labels = labels_of(4, split=given_splits)
    assert assign_splits(labels, Split(kind="official")).tolist() == given_splits


def test_official_split_without_validation_gets_one_from_training() -> None:
    labels = labels_of(100, split=np.repeat(["train", "test"], [80, 20]))
    splits = assign_splits(labels, Split(kind="official", fractions=(0.7, 0.1, 0.2)))
    assert splits.value_counts().to_dict() == {"train": 70, "test": 20, "validation": 10}
    assert (splits[80:] == "test").all()
    none = assign_splits(labels, Split(kind="official", fractions=(0.8, 0, 0.2)))
    assert none.value_counts().to_dict() == {"train": 80, "test": 20}


def test_validation_of_an_official_split_is_carved_by_content() -> None:
    labels = synthetic(20, 5)
    labels["split"] = ["test" if content < "I04" else "train" for content in labels["reference"]]
    splits = assign_splits(labels, Split(kind="official", fractions=(0.7, 0.1, 0.2)))
    assert (splits == "validation").sum() == 10  # two contents of sixteen
    assert splits.groupby(labels["reference"]).nunique().max() == 1


def test_all_test_takes_everything() -> None:
    assert set(assign_splits(labels_of(5), Split(kind="all_test"))) == {"test"}


@pytest.mark.parametrize(
    ("labels", "plan", "message"),
    [
        (
            labels_of(1, split="train"),
            Split(kind="official"),
            "too few training images to set some",
        ),
        (labels_of(5), Split(kind="official"), "labels.csv gives no split of its own"),
        (labels_of(5), Split(kind="by_reference"), "gives no reference for '0000.png'"),
        (labels_of(2), Split(kind="random"), "has 2 different images or contents, too few"),
        (
            synthetic(5, 4),
            Split(kind="random"),
            "'I0.' is in the splits .*use the kind by_reference",
        ),
        (
            labels_of(3, split=["train", "test", "test"], reference=["a", "b", "a"]),
            Split(kind="official"),
            "the content 'a' is in the splits test and train",
        ),
    ],
)
def test_what_cannot_be_split_is_named(labels: pd.DataFrame, plan: Split, message: str) -> None:
    with pytest.raises(InputError, match=message):
        assign_splits(labels, plan)


@pytest.mark.parametrize("kind", ["random", "by_reference"])
def test_a_split_of_its_own_is_not_ignored_in_silence(kind: Any) -> None:
    own = np.repeat(["train", "test"], [8, 12])
    labels = labels_of(20, split=own, reference=[f"I{number:02d}" for number in range(20)])
    with pytest.raises(InputError, match=rf"\(12 test, 8 train\), which the kind {kind} would"):
        assign_splits(labels, Split(kind=kind))
    drawn = assign_splits(labels, Split(kind=kind, redraw=True))
    assert drawn.tolist() != own.tolist()


@pytest.mark.parametrize(
    ("own", "plan", "drawn"),
    [
        (["train", "test"], Split(kind="official"), ["validation"]),
        (["train", "test"], Split(kind="official", fractions=(0.8, 0, 0.2)), []),
        (["train", "validation"], Split(kind="official"), []),
        (["", "test"], Split(kind="official"), []),
        (["", ""], Split(kind="random", seed=3, round=2), ["train", "validation", "test"]),
        (["", ""], Split(kind="all_test"), []),
    ],
)
def test_what_was_drawn_is_recorded(own: list[str], plan: Split, drawn: list[str]) -> None:
    record = how_drawn(labels_of(2, split=own), plan)
    assert record.pop("drawn") == drawn
    assert Split(**record) == Split(kind=plan.kind, round=plan.round, seed=plan.seed)
