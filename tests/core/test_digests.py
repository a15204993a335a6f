from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from smartiqa.core import digests
from smartiqa.core.digests import TIMESTAMP, Digests
from smartiqa.core.files import sha256_of


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust a signature as soon as a file is written."""
    monkeypatch.setattr(digests, "SETTLED_NS", -1)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read."""
    paths: list[Path] = []

    def reading(path: Path) -> str:
        paths.append(path)
        return sha256_of(path)

    monkeypatch.setattr(digests, "sha256_of", reading)
    return paths


@pytest.mark.usefixtures("at_once")
def test_a_file_is_read_once_and_again_when_it_changes(tmp_path: Path, read: list[Path]) -> None:
    file, memory = tmp_path / "file", tmp_path / "digests.json"
    file.write_text("one")
    for _ in range(2):
        known = Digests(memory)
        assert known.of(file) == sha256_of(file)
        known.save()
    assert read == [file]
    times = file.stat()
    file.write_text("two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as `cp -p` does, of equal length
    assert Digests(memory).of(file) == sha256_of(file)
    assert read == [file, file]


def test_a_file_that_was_just_written_is_not_trusted(tmp_path: Path, read: list[Path]) -> None:
    file, known = tmp_path / "file", Digests(tmp_path / "digests.json")
    file.write_text("one")
    known.of(file)
    known.of(file)
    assert read == [file, file]


def test_a_folder_has_the_digest_of_its_files(tmp_path: Path) -> None:
    folder, known = tmp_path / "folder", Digests(tmp_path / "digests.json")
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/file").write_text("one")
    first = known.of(folder)
    (folder / TIMESTAMP).touch()
    os.utime(folder / "deep/file")
    assert known.of(folder) == first
    (folder / "deep/file").rename(folder / "deep/other")
    second = known.of(folder)
    (folder / "deep/other").write_text("two")
    assert len({first, second, known.of(folder)}) == 3


def test_what_is_not_there_has_none_and_a_damaged_memory_is_empty(tmp_path: Path) -> None:
    memory = tmp_path / "digests.json"
    memory.write_text('{"file": [1, 2')
    assert Digests(memory).of(tmp_path / "file") is None
    assert Digests(memory).of(memory) == sha256_of(memory)


@pytest.mark.usefixtures("at_once")
def test_ten_thousand_unchanged_files_take_under_two_seconds(
    tmp_path: Path, read: list[Path]
) -> None:
    folder, memory = tmp_path / "images", tmp_path / "digests.json"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number}.jpg").write_bytes(b"%d" % number)
    known = Digests(memory)
    known.of(folder)
    known.save()
    assert len(read) == 10_000
    started = time.monotonic()
    Digests(memory).of(folder)
    assert time.monotonic() - started < 2
    assert len(read) == 10_000


def test_a_device_is_not_read(tmp_path: Path) -> None:
    assert Digests(tmp_path / "digests.json").of(Path("/dev/zero")) is None
