"""Images that two datasets have in common: who is named, and how they are counted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from smartiqa.data.checks.overlap import (
    SHARED_COLUMNS,
    counted_by_pair,
    list_shared_images,
    shared_images,
)


def images(pixels: str, split: str = "test", left_out: str = "") -> pd.DataFrame:
    """One image a letter; the letter stands for its pixels."""
    frame = pd.DataFrame({"id": [f"{k}.png" for k in range(len(pixels))], "pixels": list(pixels)})
    return frame.assign(split=split, hash=0, left_out=[letter in left_out for letter in pixels])


KONIQ = images("abcdeef", "train")
SPAQ = images("xaye")
KADID = images("zeyy")


def test_every_pair_of_datasets_is_compared() -> None:
    found = shared_images({"koniq": KONIQ, "spaq": SPAQ, "kadid": KADID})
    assert found[SHARED_COLUMNS].to_numpy().tolist() == [
        ["spaq", "1.png", "test", "koniq", "0.png", "train"],
        ["spaq", "3.png", "test", "koniq", "4.png", "train"],  # the first of two copies
        ["kadid", "1.png", "test", "koniq", "4.png", "train"],
        ["kadid", "1.png", "test", "spaq", "3.png", "test"],
        ["kadid", "2.png", "test", "spaq", "2.png", "test"],
        ["kadid", "3.png", "test", "spaq", "2.png", "test"],
    ]


@pytest.mark.parametrize(
    "datasets",
    [
        {"koniq": KONIQ},
        {"koniq": KONIQ, "other": images("xyz")},
        {"koniq": images("ab", left_out="b"), "other": images("bc")},
        {"koniq": images("ab"), "other": images("bc", left_out="b")},
    ],
)
def test_nothing_is_shared(datasets: dict[str, pd.DataFrame]) -> None:
    found = shared_images(datasets)
    assert found.empty
    assert list(found.columns) == SHARED_COLUMNS


def test_the_list_is_written_and_counted(tmp_path: Path) -> None:
    tables = []
    for name, frame in (("koniq", KONIQ), ("spaq", SPAQ), ("kadid", images("aaaaaaaa"))):
        tables.append(tmp_path / name / "checks" / "images.parquet")
        tables[-1].parent.mkdir(parents=True)
        frame.to_parquet(tables[-1])
    output = tmp_path / "shared_images.csv"
    list_shared_images(tables, output)
    names = [f"{number}.png" for number in range(5)]
    assert counted_by_pair(output) == [
        {"dataset": "spaq", "other": "koniq", "images": 2, "first": ["1.png", "3.png"]},
        {"dataset": "kadid", "other": "koniq", "images": 8, "first": names},
        {"dataset": "kadid", "other": "spaq", "images": 8, "first": names},
    ]
    list_shared_images(tables[:1], output)
    assert counted_by_pair(output) == []
