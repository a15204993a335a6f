from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from smartiqa.core.digests import Digests
from smartiqa.core.errors import InputError
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.datasets import folder
from smartiqa.data.fetch.source_state import (
    CHANGES,
    MANIFEST_FILE,
    STATE,
    changes_since,
    files_in,
    note_changes,
    state_of,
)
from smartiqa.data.listing import CHECKSUM_FILE, DOWNLOADS

LABELS = "image,score\na.jpg,1\nb.jpg,2\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset's folder; its state is written beside it."""
    path = tmp_path / "data"
    path.mkdir()
    (path / "labels.csv").write_text(LABELS)
    for name in ("a.jpg", "b.jpg"):
        (path / name).write_text(f"pixels of {name}")
    write_json(tmp_path / STATE, state_of(files_in(path), read(path)))
    (tmp_path / MANIFEST_FILE).touch()
    return path


def read(root: Path) -> pd.DataFrame:
    return folder.read_labels(root, folder.Options(low=0, high=100))


def changes(root: Path) -> set[str]:
    digests = Digests(root.parent / "digests.json")
    return set(changes_since(root.parent / STATE, root, digests, lambda: read(root)))


def written(name: str, content: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: os.utime(root / "a.jpg"),
        lambda root: (root / "labels.csv").write_bytes(LABELS.replace("\n", "\r\n").encode()),
        written("labels.csv", "score,image\n1,a.jpg\n2,b.jpg\n"),
        written("labels.csv", "image,score,note\na.jpg,1,good\nb.jpg,2,bad\n"),
        written("readme.txt", "where this comes from"),
        written(CHECKSUM_FILE, "{}"),
        lambda root: (root / DOWNLOADS).mkdir() or (root / DOWNLOADS / "new.jpg").touch(),
        lambda root: [path.unlink() for path in root.iterdir()],
    ],
    ids=["touch", "CRLF", "columns", "new column", "note", "checksums", "download", "no data"],
)
def test_what_is_read_as_before_has_not_changed(
    root: Path, change: Callable[[Path], object]
) -> None:
    change(root)
    assert changes(root) == set()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (written("a.jpg", "other"), "a.jpg"),
        (written("c.jpg", "new"), "c.jpg"),
        (lambda root: (root / "b.jpg").unlink(), "b.jpg"),
        (written("labels.csv", LABELS.replace("b.jpg,2", "b.jpg,3")), "labels.csv"),
        (written("labels.csv", "image,score\nb.jpg,2\na.jpg,1\n"), "labels.csv"),
        (written("labels.csv", "image\n"), "labels.csv"),
        (lambda root: (root / "labels.csv").unlink(), "labels.csv"),
    ],
    ids=["replaced", "added", "removed", "score", "order of rows", "broken labels", "no labels"],
)
def test_a_change_is_named(root: Path, change: Callable[[Path], object], name: str) -> None:
    change(root)
    assert changes(root) == {name}


def test_labels_are_only_read_if_a_file_beside_the_images_has_changed(root: Path) -> None:
    (root / "a.jpg").write_text("other")
    digests = Digests(root.parent / "digests.json")
    found = changes_since(root.parent / STATE, root, digests, lambda: pytest.fail("labels read"))
    assert set(found) == {"a.jpg"}


def test_before_the_first_preparation_nothing_has_changed(root: Path) -> None:
    (root.parent / MANIFEST_FILE).unlink()
    (root.parent / STATE).unlink()
    assert changes(root) == set()


def test_a_manifest_without_its_state_is_named(root: Path) -> None:
    (root.parent / STATE).unlink()
    with pytest.raises(InputError, match=r"source\.json is missing, so changes of .*data cannot"):
        changes(root)


def test_changes_are_noted_as_long_as_there_are_any(tmp_path: Path) -> None:
    note_changes({"a.jpg": "digest", "b.jpg": ""}, tmp_path)
    assert read_json(tmp_path / CHANGES) == {"a.jpg": "digest", "b.jpg": ""}
    note_changes({}, tmp_path)
    note_changes({}, tmp_path)
    assert not (tmp_path / CHANGES).exists()
