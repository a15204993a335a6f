"""The adapter that everybody meets first: images and a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import facts_of, load_adapter, typed_options
from smartiqa.data.manifest import build_manifest

FOLDER = load_adapter("folder")
OPTIONS = FOLDER.Options(low=0, high=100)


def write(root: Path, text: str, name: str = "labels.csv") -> Path:
    (root / name).write_text(text)
    return root


def test_two_columns_are_enough(tmp_path: Path) -> None:
    labels = FOLDER.read_labels(write(tmp_path, "image,score\nim/a.png,10\nb.jpg,20.5\n"), OPTIONS)
    assert labels["id"].tolist() == labels["file"].tolist() == ["im/a.png", "b.jpg"]
    assert labels["score"].tolist() == [10, 20.5]


def test_every_column_is_taken_over(tmp_path: Path) -> None:
    text = (
        "image,id,score,split,reference,distortion,level,source,scene,spread,ratings,comment\n"
        "x\\a.png,first,3,test,photo,blur,2,phone,Night scene|Human,0.4,15,whatever\n"
    )
    row = FOLDER.read_labels(write(tmp_path, text), OPTIONS).iloc[0].to_dict()
    assert row == {
        "id": "first",
        "file": "x/a.png",
        "score": 3.0,
        "spread": 0.4,
        "ratings": 15.0,
        "split": "test",
        "reference": "photo",
        "distortion": "blur",
        "level": 2.0,
        "source": "phone",
        "scene": "Night scene|Human",
        "content": "photo",
    }


def test_options_name_the_file_and_the_scale(tmp_path: Path) -> None:
    write(tmp_path, "image,score,split\na.png,2,train\nb.png,6,test\n", "mine.csv")
    options = FOLDER.Options(labels="mine.csv", low=2, high=6, higher_is_better=False)
    labels = FOLDER.read_labels(tmp_path, options)
    plan = Split(kind="official", fractions=(0.8, 0, 0.2))
    files = labels[["id"]].assign(sha256="f" * 64, width=8, height=8)
    manifest = build_manifest(labels, facts_of(FOLDER, options), plan, files)
    assert manifest["quality"].tolist() == [100, 0]
    assert manifest["split"].tolist() == ["train", "test"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("picture,score\na.png,1\n", "has no column 'image'; its columns are: picture, score"),
        ("image,score\na.png,good\n", "row 1: 'good' in the column 'score' is not a number"),
        ("", "is not a table of labels"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FOLDER.read_labels(write(tmp_path, text), OPTIONS)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"label file .*labels\.csv does not exist"):
        FOLDER.read_labels(tmp_path, OPTIONS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"low": 1, "high": 5, "hihg": 5}, "unknown key 'hihg' (did you mean 'high'?)"),
        ({"low": 5, "high": 5}, "low (5) must be below high (5)"),
        (
            {"low": -1e308, "high": 1e308},
            "from low (-1e+308) to high (1e+308) is too far to divide",
        ),
        ({"low": 1, "high": float("inf")}, "high: Input should be a finite number, not inf"),
        ({"low": True, "high": 5}, "low: give a number, not true"),
        ({"low": "little", "high": 5}, "low: Input should be a valid number, unable to parse"),
        ({"low": 1, "high": 5, "higher_is_better": "no"}, "higher_is_better: Input should be a va"),
        ({"low": 1, "high": 5, "higher_is_better": 0}, "higher_is_better: Input should be a valid"),
        (
            {"low": 1, "high": 5, "title": 7},
            "title: 7 is a number, and text is needed; put it in quotes",
        ),
        ({"low": 1, "high": 5, "labels": ""}, "labels: this is empty; write something"),
    ],
)
def test_options_of_the_wrong_type_are_named(
    tmp_path: Path, given: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        typed_options(FOLDER, given, tmp_path, "here")
    assert str(caught.value).startswith(f"here: {message}")


@pytest.mark.parametrize("given", [{}, {"low": 1}, {"high": 5}])
def test_a_missing_end_of_the_scale_is_asked_for_with_the_scores_seen(
    tmp_path: Path, given: dict[str, object]
) -> None:
    advice = r"; give both ends of the score scale, such as low: 1 and high: 5"
    with pytest.raises(InputError, match=rf"{advice} for scores of 1 to 5$"):
        typed_options(FOLDER, given, tmp_path, "here")  # before the labels are there
    write(tmp_path, "image,score\na.png,1.25\nb.png,\nc.png,4.5\n")
    seen = r" \(the scores in .*labels\.csv lie between 1\.25 and 4\.5\)$"
    with pytest.raises(InputError, match=advice + ".*" + seen):
        typed_options(FOLDER, given, tmp_path, "here")


@pytest.mark.parametrize(
    ("column", "meant"),
    [("Split", "split"), ("splits", "split"), ("References", "reference"), ("level_", "level")],
)
def test_a_column_with_nearly_a_known_name_is_not_ignored(
    tmp_path: Path, column: str, meant: str
) -> None:
    write(tmp_path, f"image,score,{column}\na.png,2,test\nb.png,6,train\n")
    with pytest.raises(InputError) as caught:
        FOLDER.read_labels(tmp_path, OPTIONS)
    said = f"labels.csv: the column '{column}' would be ignored; call it '{meant}' if that is meant"
    assert said in str(caught.value)


def test_of_a_column_that_is_named_the_neighbours_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, "image,dmos,mos,score,scores\na.png,2,3,4,5\nb.png,6,7,8,9\n")
    for column, scores in {"dmos": [2, 6], "mos": [3, 7], "score": [4, 8]}.items():
        options = FOLDER.Options(low=1, high=9, columns={"score": column})
        assert [*FOLDER.read_labels(tmp_path, options)["score"]] == scores


def test_columns_separators_and_names_of_splits_may_be_others(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("score;file name;MOS;set\n9;a.png;2.5;x\n8;b.png;3;x\n")
    options = FOLDER.Options(low=1, high=5, columns={"image": "file name", "score": "MOS"})
    labels = FOLDER.read_labels(tmp_path, options)
    assert [*labels["file"]] == ["a.png", "b.png"]
    assert [*labels["score"]] == [2.5, 3.0]  # not the column called score
    assert [*labels["split"]] == ["", ""]
    (tmp_path / "labels.csv").write_text("image\tscore\tset\na.png\t2\ttraining\nb.png\t3\tval\n")
    labels = FOLDER.read_labels(tmp_path, FOLDER.Options(low=1, high=5, columns={"split": "set"}))
    assert [*labels["split"]] == ["train", "validation"]


def test_a_column_that_another_name_takes_is_that_one_only(tmp_path: Path) -> None:
    write(tmp_path, "image,level,source,origin\na.png,2,bridge,x\nb.png,6,cat,y\n")
    columns = {"score": "level", "reference": "source"}
    labels = FOLDER.read_labels(tmp_path, FOLDER.Options(low=1, high=9, columns=columns))
    assert [*labels["score"]] == [2.0, 6.0]
    assert [*labels["reference"]] == ["bridge", "cat"]
    assert labels["level"].isna().all()
    assert [*labels["source"]] == ["", ""]
    columns["source"] = "origin"
    labels = FOLDER.read_labels(tmp_path, FOLDER.Options(low=1, high=9, columns=columns))
    assert [*labels["reference"]] == ["bridge", "cat"]
    assert [*labels["source"]] == ["x", "y"]


def test_an_image_is_found_by_the_end_of_its_path(tmp_path: Path) -> None:
    (tmp_path / "pictures" / "one").mkdir(parents=True)
    (tmp_path / "pictures" / "one" / "A.PNG").touch()
    (tmp_path / "labels.csv").write_text("image,score\none/a.png,2\nb.png,3\n")
    labels = FOLDER.read_labels(tmp_path, FOLDER.Options(low=1, high=5))
    assert [*labels["file"]] == ["pictures/one/A.PNG", "b.png"]
    assert [*labels["id"]] == ["one/a.png", "b.png"]


@pytest.mark.parametrize("name", ["score", "split"])
def test_a_column_that_is_named_and_not_there_is_told(
    tmp_path: Path, name: Literal["score", "split"]
) -> None:
    (tmp_path / "labels.csv").write_text("image,score\na.png,2\n")
    with pytest.raises(InputError, match="has no column 'own'; its columns are: image, score"):
        FOLDER.read_labels(tmp_path, FOLDER.Options(low=1, high=5, columns={name: "own"}))


def test_a_name_without_suffix_is_that_of_the_one_image_called_so(tmp_path: Path) -> None:
    for file in ("top/s0/a.png", "top/s1/a.jpg", "b.png", "c.png", "c.jpg", "notes.txt"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    write(tmp_path, "image,score\ns0\\A,1\ns1/a,2\nB,3\na,4\nc,5\nc.jpg,6\nnotes,7\nd,8\n")
    labels = FOLDER.read_labels(tmp_path, OPTIONS)
    found = ["top/s0/a.png", "top/s1/a.jpg", "b.png"]
    assert [*labels["file"]] == [*found, "a", "c", "c.jpg", "notes", "d"]
