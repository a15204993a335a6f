"""Honest archives come out whole; damaged and hostile ones leave nothing behind."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from smartiqa.core.errors import InputError
from smartiqa.data.fetch import extraction
from smartiqa.data.fetch.extraction import UnusableArchiveError, extract, is_archive

FILES = {"top/images/a.png": b"\x89PNG" * 1000, "top/labels.csv": b"image,score\n", "b.txt": b""}


def make_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def make(path: Path, files: Mapping[str, bytes]) -> Path:
    return (make_zip if path.suffix == ".zip" else make_tar)(path, files)


def content_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def refused(archive: Path, root: Path, **options: int) -> str:
    """The archive is refused and nothing is left of it, inside or beside the folder."""
    before = content_of(root.parent)
    with pytest.raises(UnusableArchiveError) as caught:
        extract(archive, root, **options)
    assert content_of(root.parent) == before
    assert list(root.iterdir()) == []
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.tar.gz"])
def test_everything_comes_out(tmp_path: Path, name: str) -> None:
    extract(make(tmp_path / name, FILES), tmp_path / "out")
    assert content_of(tmp_path / "out") == FILES


def test_what_a_killed_unpacking_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "out" / ".unpacking-abc" / "top"
    left.mkdir(parents=True)
    (left / "a.png").write_bytes(b"half")
    extract(make(tmp_path / "a.zip", FILES), tmp_path / "out")
    assert content_of(tmp_path / "out") == FILES


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
def test_files_are_replaced_and_others_stay(tmp_path: Path, name: str) -> None:
    root = tmp_path / "out"
    (root / "top/images").mkdir(parents=True)
    (root / "top/images/a.png").write_bytes(b"old")
    (root / "top/images/mine.png").write_bytes(b"mine")
    extract(make(tmp_path / name, FILES), root)
    assert content_of(root) == {**FILES, "top/images/mine.png": b"mine"}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz"])
@pytest.mark.parametrize(
    "member", ["../evil.txt", "top/../../evil.txt", "/evil.txt", "C:\\evil.txt", "..\\evil.txt"]
)
def test_paths_outside_are_refused(tmp_path: Path, name: str, member: str) -> None:
    archive = make(tmp_path / name, {"fine.txt": b"fine", member: b"evil"})
    message = refused(archive, tmp_path / "in" / "out")
    assert "is unsafe: its member" in message
    assert "leads outside the folder" in message


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_in_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    archive = make_tar(tmp_path / "a.tar", {"fine.txt": b"fine"})
    with tarfile.open(archive, "a") as content:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = kind, "fine.txt"
        content.addfile(member)
    message = refused(archive, tmp_path / "in" / "out")
    assert "its member 'link' is a link or a device" in message


def test_links_in_zip_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("fine.txt", b"fine")
        member = zipfile.ZipInfo("link")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        content.writestr(member, "/etc/passwd")
    assert "its member 'link' is a link" in refused(archive, tmp_path / "in" / "out")


def test_writing_through_a_link_of_the_same_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as content:
        link = tarfile.TarInfo("door")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        content.addfile(link)
        member = tarfile.TarInfo("door/evil.txt")
        member.size = 4
        content.addfile(member, io.BytesIO(b"evil"))
    refused(archive, tmp_path / "in" / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
def test_bombs_are_refused(tmp_path: Path, name: str) -> None:
    archive = make(tmp_path / name, {"zeros.bin": bytes(5_000_000)})
    message = refused(archive, tmp_path / "in" / "out", max_bytes=1_000_000)
    assert "unpacks to more than 1,000,000 bytes" in message


def test_the_bound_follows_the_size_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "MIN_BOUND", 1)
    archive = make_zip(tmp_path / "a.zip", {"zeros.bin": bytes(5_000_000)})
    bound = 50 * archive.stat().st_size
    assert f"more than {bound:,} bytes" in refused(archive, tmp_path / "in" / "out")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "MAX_MEMBERS", 2)
    refused(make_zip(tmp_path / "a.zip", FILES), tmp_path / "in" / "out")


@pytest.mark.parametrize("announced", [10, 200_000])
def test_zip_that_lies_about_a_size_is_refused(tmp_path: Path, announced: int) -> None:
    archive = make_zip(tmp_path / "a.zip", {"zeros.bin": bytes(100_000)})
    content = archive.read_bytes()
    lie = content.replace(struct.pack("<I", 100_000), struct.pack("<I", announced))
    assert lie != content
    archive.write_bytes(lie)
    refused(archive, tmp_path / "in" / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz"])
@pytest.mark.parametrize("kept", [0.0, 0.4, 0.95])
def test_truncated_archives_are_refused(tmp_path: Path, name: str, kept: float) -> None:
    random = bytes((k * k * 31 + k // 7) % 251 for k in range(60_000))
    archive = make(tmp_path / name, {"a.bin": random, "b.bin": random[::-1]})
    content = archive.read_bytes()
    archive.write_bytes(content[: int(kept * 0.8 * len(content))])
    assert "a." in refused(archive, tmp_path / "in" / "out")


def test_flipped_bits_are_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a.bin": bytes(range(256)) * 40})
    content = bytearray(archive.read_bytes())
    content[60] ^= 0xFF
    archive.write_bytes(content)
    assert "is damaged" in refused(archive, tmp_path / "in" / "out")


def test_file_that_is_also_a_folder_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a": b"file", "a/b": b"below it"})
    assert "is damaged" in refused(archive, tmp_path / "in" / "out")


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a.txt": b"secret"})
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    assert "'a.txt' is encrypted" in refused(archive, tmp_path / "in" / "out")


def test_rar_is_left_to_the_user(tmp_path: Path) -> None:
    archive = tmp_path / "tid2013.rar"
    archive.write_bytes(b"Rar!")
    with pytest.raises(InputError, match=r"unpack it into .*out with another program") as caught:
        extract(archive, tmp_path / "out")
    assert not isinstance(caught.value, UnusableArchiveError)  # the archive is worth keeping


def test_clutter_of_file_managers_is_left_out(tmp_path: Path) -> None:
    clutter = {"__MACOSX/top/._a.png": b"x", "top/.DS_Store": b"x", "top/images/._a.png": b"x"}
    for name in ("a.zip", "a.tgz"):
        extract(make(tmp_path / name, {**FILES, **clutter}), tmp_path / name[2:])
        assert content_of(tmp_path / name[2:]) == FILES


def test_an_excel_file_is_no_archive() -> None:
    assert not is_archive(Path("csiq.DMOS.xlsx"))
    assert all(is_archive(Path(f"a{suffix}")) for suffix in (".ZIP", ".tar.gz", ".tgz", ".rar"))
