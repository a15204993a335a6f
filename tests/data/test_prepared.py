from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from smartiqa.core.errors import InputError
from smartiqa.data.prepared import open_split
from tiny_study import Prepared


@pytest.mark.parametrize(("split", "count"), [("train", 102), ("validation", 51), ("test", 102)])
def test_a_split_has_its_rows_of_manifest_and_store(
    split: str, count: int, dataset: Prepared
) -> None:
    images, store, rows = open_split(dataset.manifest, dataset.store, split)
    assert len(images) == len(rows) == count
    assert set(images["split"]) == {split}
    assert store.ids[rows].tolist() == images["id"].tolist()
    assert len(store) == 255


def test_an_empty_split_is_named(dataset: Prepared, tmp_path: Path) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame.assign(split="test").to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match=r"manifest\.parquet: no image belongs to the split 'tr"):
        open_split(tmp_path / "manifest.parquet", dataset.store, "train")


def test_a_store_of_another_manifest_is_refused(dataset: Prepared, mixed: Prepared) -> None:
    with pytest.raises(InputError, match=r"was not made from .*: build the store again"):
        open_split(dataset.manifest, mixed.store, "test")


def test_a_manifest_in_another_order_is_another_one(dataset: Prepared, tmp_path: Path) -> None:
    frame = pd.read_parquet(dataset.manifest)
    frame[::-1].to_parquet(tmp_path / "manifest.parquet")
    with pytest.raises(InputError, match="was not made from"):
        open_split(tmp_path / "manifest.parquet", dataset.store, "test")
