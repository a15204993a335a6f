"""Which files a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.photos.listing import list_photos


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = ["b.jpg", "a.JPEG", "c [1].png", "notes.txt", ".hidden.jpg", "plot.eps"]
    for name in [*names, "sub/d.webp", "sub/deep/e.tif", ".cache/f.jpg"]:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_folder_means_all_photos_in_it_and_below() -> None:
    photos = ["in/a.JPEG", "in/b.jpg", "in/c [1].png", "in/sub/d.webp", "in/sub/deep/e.tif"]
    assert list_photos(["in"], []) == photos


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("in/*.jp*", ["in/b.jpg"]),
        ("in/**/*.tif", ["in/sub/deep/e.tif"]),
        ("in/[ab]*", ["in/a.JPEG", "in/b.jpg"]),
        ("in/c [1].png", ["in/c [1].png"]),  # a file's own name is no pattern
        ("in/notes.txt", ["in/notes.txt"]),  # what is named is tried
    ],
)
def test_patterns(pattern: str, files: list[str]) -> None:
    assert list_photos([pattern], []) == files


@pytest.mark.usefixtures("folder")
def test_a_list_on_standard_input_is_taken_in_its_place() -> None:
    lines = ["in/b.jpg\n", "\n", "gone.jpg\r\n", "in/sub\n", "in/*.jpg"]
    listed = ["in/b.jpg", "gone.jpg", "in/sub/d.webp", "in/sub/deep/e.tif", "in/*.jpg"]
    assert list_photos(["in/a.JPEG", "-", "in/b.jpg"], lines) == ["in/a.JPEG", *listed, "in/b.jpg"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone.jpg", "gone.jpg does not exist"),
        ("empty", "empty has no photo"),
        ("in/*.gif", r"no file fits the pattern in/\*\.gif"),
        ("-", "the list on standard input is empty"),
    ],
)
def test_what_means_no_photo_is_named(path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list_photos([path], ["\n"])
