from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smartiqa.data.adapters import DatasetFacts, Scale, label_frame
from smartiqa.data.manifest import (
    MANIFEST_COLUMNS,
    build_manifest,
    read_manifest,
    write_manifest,
)
from smartiqa.data.splits import SplitPlan
from smartiqa.errors import InputError

FACTS = DatasetFacts(
    name="folder",
    title="own images",
    images=None,
    scale=Scale(1, 5),
    score_name="MOS",
    citation="",
    licence="mine",
    split="official",
)
PLAN = SplitPlan("official", fractions=(0.8, 0, 0.2))


def labels_and_images(root: Path, **columns: Any) -> pd.DataFrame:
    names = ["b.png", "a.png", "c.png"]
    for number, name in enumerate(names):
        Image.fromarray(np.full((4 + number, 7, 3), number, np.uint8)).save(root / name)
    given = {"id": names, "file": names, "score": [1.0, 3.0, 5.0], "split": ["train"] * 3}
    return label_frame(root / "labels.csv", **{**given, **columns})


def test_manifest_has_every_column_sorted_by_id(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path, split=["train", "test", "train"], spread=[0.1, 0.2, 0.3])
    manifest = build_manifest(labels, tmp_path, FACTS, PLAN)
    assert tuple(manifest.columns) == MANIFEST_COLUMNS
    assert manifest["id"].tolist() == ["a.png", "b.png", "c.png"]
    assert manifest["quality"].tolist() == [50, 0, 100]
    assert manifest["score"].tolist() == [3, 1, 5]
    assert manifest["split"].tolist() == ["test", "train", "train"]
    assert manifest["spread"].tolist() == [0.2, 0.1, 0.3]
    assert manifest[["width", "height"]].to_numpy().tolist() == [[7, 5], [7, 4], [7, 6]]
    digest = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert manifest["sha256"][0] == digest


def test_manifest_does_not_depend_on_row_order(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path)
    plan = SplitPlan("random", fractions=(1 / 3, 1 / 3, 1 / 3), seed=4)
    forwards = build_manifest(labels, tmp_path, FACTS, plan)
    backwards = build_manifest(labels[::-1], tmp_path, FACTS, plan)
    pd.testing.assert_frame_equal(forwards, backwards)


def test_rows_without_a_split_are_left_out(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path, split=["train", "", "test"])
    assert build_manifest(labels, tmp_path, FACTS, PLAN)["id"].tolist() == ["b.png", "c.png"]


def test_known_files_are_not_read_again(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path)
    known = pd.DataFrame({"id": labels["id"], "sha256": "f" * 64, "width": 1, "height": 2})
    for name in labels["file"]:
        (tmp_path / name).unlink()
    manifest = build_manifest(labels, tmp_path, FACTS, PLAN, files=known)
    assert manifest["sha256"].unique().tolist() == ["f" * 64]
    with pytest.raises(InputError, match=r"'c\.png' is missing in the table of files"):
        build_manifest(labels, tmp_path, FACTS, PLAN, files=known.head(2))


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
        ({"id": ["a", "b", "a"]}, r"row 3 \('a'\): the id 'a' is there twice"),
        ({"id": ["a", "", "c"]}, r"row 2 \(''\): the id is empty"),
        ({"file": ["b.png", "../a.png", "c.png"]}, r"row 2 .*'\.\./a\.png' must be a path inside"),
        ({"file": ["b.png", "/etc/x.png", "c.png"]}, r"row 2 .* must be a path inside"),
        ({"file": ["b.png", "", "c.png"]}, r"row 2 .* must be a path inside"),
        ({"file": ["b.png", "z.png", "c.png"]}, r"names 'z\.png', .*\(1 of 3 files are missing\)"),
        ({"split": ["train", "dev", "test"]}, r"'a\.png' has the split 'dev'; use train"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_manifest(labels_and_images(tmp_path, **columns), tmp_path, FACTS, PLAN)


def test_empty_labels_and_missing_columns_are_named(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path)
    with pytest.raises(InputError, match="has no rows"):
        build_manifest(labels.head(0), tmp_path, FACTS, PLAN)
    with pytest.raises(InputError, match="lack the column 'score'"):
        build_manifest(labels.drop(columns="score"), tmp_path, FACTS, PLAN)


def test_broken_image_is_named(tmp_path: Path) -> None:
    labels = labels_and_images(tmp_path)
    (tmp_path / "c.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"c\.png is empty \(zero bytes\)"):
        build_manifest(labels, tmp_path, FACTS, PLAN)


def test_written_manifest_reads_back_and_names_no_machine(tmp_path: Path) -> None:
    manifest = build_manifest(labels_and_images(tmp_path), tmp_path, FACTS, PLAN)
    path = tmp_path / "out" / "manifest.parquet"
    write_manifest(path, manifest)
    pd.testing.assert_frame_equal(read_manifest(path), manifest)
    assert str(tmp_path).encode() not in path.read_bytes()


def test_manifest_that_is_missing_or_not_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; the stage prepare makes it"):
        read_manifest(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(InputError, match="is not a manifest"):
        read_manifest(tmp_path / "text.parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "short.parquet")
    with pytest.raises(InputError, match="lacks the column 'file'"):
        read_manifest(tmp_path / "short.parquet")
