from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.core.files import (
    CHUNK_BYTES,
    DIGESTS,
    replace_atomically,
    replace_together,
    sha256_of,
)
from smartiqa.core.json_files import read_json, write_json


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "new" / "table.csv"
    with replace_atomically(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("content")
        assert not target.exists()
    assert target.read_text() == "content"
    assert sorted(target.parent.iterdir()) == [target.parent / DIGESTS, target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")

    def write_half() -> None:
        with replace_atomically(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_json(tmp_path / "a.json", {})
    finally:
        os.umask(mask)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    for name, content in (("a", {"x": 1, "y": [1.5, "ä"]}), ("b", {"y": [1.5, "ä"], "x": 1})):
        write_json(tmp_path / name, content)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes().endswith(b"}\n")
    assert read_json(tmp_path / "a") == {"x": 1, "y": [1.5, "ä"]}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(tmp_path: Path, number: float) -> None:
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": [number]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1}


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7])
def test_digests_are_of_the_whole_file(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    (tmp_path / "a").write_bytes(content[:size])
    assert sha256_of(tmp_path / "a") == hashlib.sha256(content[:size]).hexdigest()


def write_both(first: Path, second: Path, *, fail: bool = False) -> None:
    with replace_together(first, second) as temporaries:
        for temporary in temporaries:
            temporary.write_text("content")
        if fail:
            raise OSError(28, "No space left on device")


def test_what_cannot_be_renamed_leaves_no_digest(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_json(tmp_path / "a.json", 1)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.json"]


def test_what_cannot_be_renamed_leaves_the_digests_of_others(tmp_path: Path) -> None:
    write_json(tmp_path / "b.json", 1)
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_json(tmp_path / "a.json", 1)
    assert [path.name for path in (tmp_path / DIGESTS).iterdir()] == ["b.json"]


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    side, output = tmp_path / "side.json", tmp_path / "output.json"
    with pytest.raises(OSError, match="No space"):
        write_both(side, output, fail=True)
    assert list(tmp_path.iterdir()) == []
    output.mkdir()  # cannot be replaced
    with pytest.raises(OSError, match="directory"):
        write_both(side, output)
    assert list(tmp_path.iterdir()) == [output]
    output.rmdir()
    write_both(side, output)
    assert side.read_text() == output.read_text() == "content"


def test_what_a_file_must_hold_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"experiment": {"id": "C3"}}')
    assert read_json(path, ["experiment.id"], "train") == {"experiment": {"id": "C3"}}
    with pytest.raises(
        InputError, match=r"lacks the key 'experiment\.seed'; give one that the sta"
    ):
        read_json(path, ["experiment.seed"], "train")
    with pytest.raises(InputError, match=r"none\.json does not exist; the stage train makes it"):
        read_json(tmp_path / "none.json", stage="train")
    with pytest.raises(InputError, match="is a folder, not a JSON file"):
        read_json(tmp_path)
