"""Options are checked when a study is loaded, long before its labels are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartiqa.config.study import Dataset, Study, load_study
from smartiqa.core.errors import InputError
from smartiqa.data.options import check_options

CONFIG = Path(__file__).parents[2] / "workflow" / "config"


def study_with(**changes: Any) -> Study:
    """The koniq study with another training dataset."""
    study = load_study(CONFIG / "koniq.yaml")
    keys = {"title": "Mine", "root": "data/mine", **changes}
    datasets = {**study.datasets, "koniq10k": Dataset.model_validate(keys)}
    return study.model_copy(update={"datasets": datasets})


@pytest.mark.parametrize("name", ["demo", "koniq"])
def test_the_options_of_shipped_studies_are_right(name: str) -> None:
    check_options(load_study(CONFIG / f"{name}.yaml"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"adapter": "konik10k"}, ".adapter: unknown dataset adapter 'konik10k' (did you mean"),
        ({"adapter": "../koniq"}, ".adapter: unknown dataset adapter '../koniq'"),
        (
            {"adapter": "folder", "options": {"low": 1, "high": 5, "higher_is_better": "no"}},
            ".options: higher_is_better: Input should be a valid boolean, not 'no'",
        ),
        (
            {"adapter": "folder", "options": {"low": 1}},
            ".options: high: missing; add it; give both ends of the score scale",
        ),
        (
            {"adapter": "koniq10k", "options": {"image": "512x384"}},
            ".options: unknown key 'image' (did you mean 'images'?)",
        ),
        (
            {"adapter": "bid", "options": {"labels": "a.csv"}},
            ".options: unknown key 'labels' (valid: none)",
        ),
        (
            {
                "adapter": "spaq",
                "options": {"test_list": "test.txt"},
                "split": {"kind": "random"},
            },
            ": its options list the images of a split, which the split's kind random would ignore",
        ),
        (
            {
                "adapter": "spaq",
                "options": {"train_list": "a.txt"},
                "split": {"kind": "all_test"},
            },
            ": its options list the images of a split, which the split's kind all_test would",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_options(study_with(**changes))
    assert str(caught.value).startswith(f"study koniq: datasets.koniq10k{said}")


@pytest.mark.parametrize("split", [{"kind": "official"}, {"kind": "random", "redraw": True}])
def test_lists_may_be_given_where_they_count_or_are_left_on_purpose(split: dict[str, Any]) -> None:
    check_options(study_with(adapter="spaq", options={"test_list": "test.txt"}, split=split))


SCALE: dict[str, Any] = {"low": 0, "high": 100}


def two_folders(first_root: Path, **second: Any) -> Study:
    """A study of two folders; the second differs from the first in `second` alone."""
    study = study_with(adapter="folder", root=first_root, options=SCALE)
    first = study.datasets["koniq10k"]
    changes = {**first.model_dump(mode="json"), "title": "Twin", **second}
    datasets = {"koniq10k": first, "twin": Dataset.model_validate(changes)}
    return study.model_copy(update={"datasets": datasets})


@pytest.mark.parametrize(
    "second",
    [
        {"options": {**SCALE, "score_name": "MOS"}},
        {"options": {**SCALE, "title": "other"}},
        {"options": {**SCALE, "labels": "./labels.csv"}},
        {"options": {"low": 0, "high": 50, "higher_is_better": False}},
    ],
)
def test_the_same_data_under_another_name_is_refused(
    tmp_path: Path, second: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=r"twin reads the images and labels of datasets\.koniq10k"):
        check_options(two_folders(tmp_path, **second))


def test_a_link_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    study = two_folders(tmp_path / "photos", root=str(tmp_path / "link"))
    with pytest.raises(InputError, match="twin reads the images and labels of"):
        check_options(study)


def test_one_folder_may_have_several_label_files(tmp_path: Path) -> None:
    check_options(two_folders(tmp_path, options={**SCALE, "labels": "others.csv"}))
