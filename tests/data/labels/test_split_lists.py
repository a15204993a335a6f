from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from smartiqa.core.errors import InputError
from smartiqa.data.adapters import label_frame
from smartiqa.data.labels.split_lists import SplitLists, apply_split_lists


@pytest.fixture
def labels() -> pd.DataFrame:
    names = ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    return label_frame(
        Path("x.csv"), id=names, file=names, score=1, split=["train", "train", "validation", "test"]
    )


def test_no_lists_change_nothing(labels: pd.DataFrame, tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(apply_split_lists(labels, tmp_path, SplitLists()), labels)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps([{"image": "koniq/4.jpg", "gt_score": 3.0}, {"image": "2.jpg"}])),
        ("a.json", json.dumps(["4.jpg", "some/where/2.jpg"])),
        ("a.txt", "4.jpg\n\nfolder/2.jpg\n"),
        ("a.csv", "4.jpg,71.2\n2.jpg,3\n"),
    ],
)
def test_lists_in_every_format(labels: pd.DataFrame, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    splits = apply_split_lists(labels, tmp_path, SplitLists(test_list=name))["split"]
    assert splits.tolist() == ["", "test", "validation", "test"]


def test_a_validation_list_replaces_the_official_one(labels: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("1.jpg")
    splits = apply_split_lists(labels, tmp_path, SplitLists(validation_list="v.txt"))["split"]
    assert splits.tolist() == ["validation", "", "", ""]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train_list": "9.jpg"}, "names '9.jpg', which the dataset does not have"),
        ({"train_list": "1.jpg", "test_list": "1.jpg"}, "'1.jpg' is in another split as well"),
        ({"test_list": "3.jpg"}, "'3.jpg' is in another split as well"),
        ({"test_list": None}, "the split list .* does not exist"),
    ],
)
def test_bad_lists_are_named(
    labels: pd.DataFrame, tmp_path: Path, files: dict[str, str | None], message: str
) -> None:
    for key, text in files.items():
        if text is not None:
            (tmp_path / f"{key}.txt").write_text(text)
    with pytest.raises(InputError, match=message):
        apply_split_lists(labels, tmp_path, SplitLists(**{key: f"{key}.txt" for key in files}))


@pytest.mark.parametrize("text", ["{", '{"a": 1', "[1, 2]", '[{"picture": "1.jpg"}]', "3"])
def test_json_that_is_no_list_of_images(labels: pd.DataFrame, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match="is not a JSON array of names or of objects"):
        apply_split_lists(labels, tmp_path, SplitLists(train_list="a.json"))
