from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartiqa.config.splits import Split
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import DatasetFacts, Scale, label_frame
from smartiqa.data.manifest import (
    MANIFEST_COLUMNS,
    build_manifest,
    names_of,
    read_manifest,
    write_manifest,
)

FACTS = DatasetFacts(
    name="folder",
    title="own images",
    images=None,
    scale=Scale(1, 5),
    score_name="MOS",
    citation="",
    licence="mine",
)
PLAN = Split(kind="official", fractions=(0.8, 0, 0.2))


def labels_of(**columns: Any) -> pd.DataFrame:
    names = ["b.png", "a.png", "c.png"]
    given = {"id": names, "file": names, "score": [1.0, 3.0, 5.0], "split": ["train"] * 3}
    return label_frame(Path("labels.csv"), **{**given, **columns})


def files_of(labels: pd.DataFrame) -> pd.DataFrame:
    """What decoding the files would tell, each with a digest and a size of its own."""
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in labels["id"]]
    widths = [ord(name[:1] or "_") for name in labels["id"]]
    return pd.DataFrame({"id": labels["id"], "sha256": digests, "width": widths, "height": 7})


def manifest_of(labels: pd.DataFrame, plan: Split = PLAN) -> pd.DataFrame:
    return build_manifest(labels, FACTS, plan, files_of(labels))


def test_manifest_has_every_column_sorted_by_id() -> None:
    labels = labels_of(split=["train", "test", "train"], spread=[0.1, 0.2, 0.3])
    manifest = manifest_of(labels)
    assert tuple(manifest.columns) == MANIFEST_COLUMNS
    assert manifest["id"].tolist() == ["a.png", "b.png", "c.png"]
    assert manifest["quality"].tolist() == [50, 0, 100]
    assert manifest["score"].tolist() == [3, 1, 5]
    assert manifest["split"].tolist() == ["test", "train", "train"]
    assert manifest["spread"].tolist() == [0.2, 0.1, 0.3]
    assert manifest[["width", "height"]].to_numpy().tolist() == [[97, 7], [98, 7], [99, 7]]
    assert manifest["sha256"][0] == hashlib.sha256(b"a.png").hexdigest()


def test_manifest_does_not_depend_on_row_order() -> None:
    labels = labels_of()
    plan = Split(kind="random", fractions=(1 / 3, 1 / 3, 1 / 3), seed=4, redraw=True)
    forwards = manifest_of(labels, plan)
    backwards = manifest_of(labels[::-1], plan)
    pd.testing.assert_frame_equal(forwards, backwards)


def test_rows_without_a_split_are_left_out() -> None:
    labels = labels_of(split=["train", "", "test"])
    assert manifest_of(labels)["id"].tolist() == ["b.png", "c.png"]


def test_an_image_of_which_nothing_is_known_is_named() -> None:
    labels = labels_of()
    with pytest.raises(InputError, match=r"'c\.png' is missing in the table of files"):
        build_manifest(labels, FACTS, PLAN, files_of(labels).head(2))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"score": [1, 7.2, 5]},
            r"labels\.csv, row 2 \('a\.png'\): the score 7\.2 is outside .*1 to 5",
        ),
        ({"score": [1, 2, 0.5]}, r"row 3 \('c\.png'\): the score 0\.5 is outside"),
        ({"score": [np.nan, 2, 3]}, r"row 1 \('b\.png'\): the score is nan; give a number"),
        ({"score": [1, np.inf, 3]}, r"row 2 .*: the score is inf"),
        (
            {"id": ["a", "b", "a"], "score": [2, 3, 2]},
            r"row 3 \('a'\): the id 'a' is there twice",
        ),
        ({"id": ["a", "b", "a"]}, r"row 3 \('a'\): the id 'a' is there twice"),
        (
            {"id": ["1", "2", "3"], "file": ["a.png", "b.png", "a.png"]},
            r"row 1 \('1'\): 'a\.png' has several scores; give their mean",
        ),
        ({"id": ["a", "", "c"]}, r"row 2 \(''\): the id is empty"),
        ({"file": ["b.png", "../a.png", "c.png"]}, r"row 2 .*'\.\./a\.png' must be a path inside"),
        ({"file": ["b.png", "/etc/x.png", "c.png"]}, r"row 2 .* must be a path inside"),
        ({"file": ["b.png", "", "c.png"]}, r"row 2 .* must be a path inside"),
        ({"split": ["train", "dev", "test"]}, r"'a\.png' has the split 'dev'; use train"),
    ],
)
def test_bad_rows_are_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        manifest_of(labels_of(**columns))


def test_empty_labels_and_missing_columns_are_named() -> None:
    labels = labels_of()
    with pytest.raises(InputError, match="has no rows"):
        manifest_of(labels.head(0))
    with pytest.raises(InputError, match="lack the column 'score'"):
        manifest_of(labels.drop(columns="score"))


def test_written_manifest_reads_back_and_names_no_machine(tmp_path: Path) -> None:
    manifest = manifest_of(labels_of())
    path = tmp_path / "out" / "manifest.parquet"
    path.parent.mkdir()
    write_manifest(path, manifest)
    pd.testing.assert_frame_equal(read_manifest(path), manifest)
    assert str(tmp_path).encode() not in path.read_bytes()


def test_names_of_images_are_one_or_several() -> None:
    cells = ["b|a", "", " b | c", "a"]
    images = pd.DataFrame({"scene": cells, "source": cells}, index=[3, 5, 6, 8])
    several = names_of(images, "scene")
    assert [*several] == ["a", "b", "c"]
    assert [*several.index] == [3, 5, 6, 8]
    assert several.to_numpy().tolist() == [
        [True, True, False],
        [False, False, False],
        [False, True, True],
        [True, False, False],
    ]
    assert [*names_of(images, "source")] == ["a", "b | c", "b|a"]
    nothing = names_of(images.assign(scene=""), "scene")
    assert nothing.shape == (4, 0)
    assert not nothing.any(axis=1).any()


def test_manifest_that_is_missing_or_not_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; the stage prepare makes it"):
        read_manifest(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(InputError, match="is no Parquet file"):
        read_manifest(tmp_path / "text.parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "short.parquet")
    with pytest.raises(InputError, match="lacks the column 'file'"):
        read_manifest(tmp_path / "short.parquet")
