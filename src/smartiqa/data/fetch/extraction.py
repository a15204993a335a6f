"""Unpacking archives that somebody else made.

An archive is unpacked into a hidden folder first and moved into place when all of it is there and
nothing in it was amiss, so a damaged or hostile archive leaves nothing behind. Refused are members
whose path leads outside, links, devices, encrypted members, and more bytes or files than an archive
of this size could honestly hold.
"""

from __future__ import annotations

import contextlib
import errno
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from smartiqa.core.errors import InputError
from smartiqa.core.files import CHUNK_BYTES

UNPACKING = ".unpacking-"  # begins the name of a folder that is being filled
ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
UNSUPPORTED_SUFFIXES = (".rar", ".7z")
MAX_MEMBERS = 500_000
MAX_RATIO = 50  # images barely shrink, labels shrink tenfold
MIN_BOUND = 1 << 28  # a small archive may unpack to this many bytes whatever its ratio
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
)
DISK_PROBLEMS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO)
CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db")


# name, size and content of each member
Members = Generator[tuple[str, int, IO[bytes]], None, None]


class UnusableArchiveError(InputError):
    """The archive is damaged or unsafe: it is of no use to keep it."""


def is_archive(path: Path) -> bool:
    """Whether the file's name says that it is an archive (an Excel file, a zip inside, is none)."""
    return path.name.lower().endswith((*ZIP_SUFFIXES, *TAR_SUFFIXES, *UNSUPPORTED_SUFFIXES))


def extract(
    archive: Path,
    folder: Path,
    *,
    max_bytes: int | None = None,
    inspect: Callable[[Path], None] | None = None,
) -> None:
    """Unpack a zip or tar archive into `folder`, all of it or nothing.

    Files that are there already are replaced; others stay.

    Args:
        archive: the file; its name tells its kind.
        folder: where to put the content; made if missing.
        max_bytes: bound on the unpacked size; None allows `MAX_RATIO` times the archive's.
        inspect: looks at what was unpacked before it is moved into `folder`; what it raises leaves
            nothing behind.

    Raises:
        UnusableArchiveError: the archive is damaged, too large, or unsafe; the message names the
            member.
        InputError: it is of an unsupported kind, or the disk is full.
    """
    name = archive.name.lower()
    if name.endswith(UNSUPPORTED_SUFFIXES):
        raise InputError(
            f"{archive} is of a kind that no free Python library unpacks; unpack it into {folder} "
            f"with another program, such as: unar -o {folder} {archive}"
        )
    bound = max_bytes or max(MIN_BOUND, MAX_RATIO * archive.stat().st_size)
    folder.mkdir(parents=True, exist_ok=True)
    members = _zip_members if name.endswith(ZIP_SUFFIXES) else _tar_members
    for left in folder.glob(f"{UNPACKING}*"):  # of an unpacking that was killed; one runs at a time
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNPACKING) as staging:
        try:
            with contextlib.closing(members(archive)) as found:
                _write_members(found, Path(staging), archive, bound)
        except DAMAGE as problem:
            if isinstance(problem, OSError) and problem.errno in DISK_PROBLEMS:
                raise InputError(f"{archive} cannot be unpacked: {problem}") from problem
            raise UnusableArchiveError(f"{archive} is damaged ({problem})") from problem
        if inspect is not None:
            inspect(Path(staging))
        merge_into(Path(staging), folder)


def merge_into(source: Path, target: Path) -> None:
    """Move everything below `source` into `target`, replacing files of the same name."""
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if entry.is_dir() and place.is_dir():
            merge_into(entry, place)
        else:
            if place.is_dir():
                shutil.rmtree(place)
            entry.replace(place)


def _write_members(members: Members, staging: Path, archive: Path, bound: int) -> None:
    from tqdm import tqdm

    written = 0
    with tqdm(unit="file", desc=f"unpacking {archive.name}", disable=None) as progress:
        for count, (name, size, stream) in enumerate(members, start=1):
            with stream:
                if count > MAX_MEMBERS or written + size > bound:
                    raise UnusableArchiveError(
                        f"{archive} unpacks to more than {bound:,} bytes or {MAX_MEMBERS:,} files; "
                        "that is no honest dataset"
                    )
                if size > shutil.disk_usage(staging).free:
                    raise InputError(f"{archive}: no space to unpack {name!r} ({size:,} bytes)")
                path = staging / _safe_path(name, archive)
                path.parent.mkdir(parents=True, exist_ok=True)
                _copy(stream, path, size, archive)
                written += size
            progress.update()


def _copy(stream: IO[bytes], path: Path, size: int, archive: Path) -> None:
    with path.open("wb") as output:
        shutil.copyfileobj(stream, output, CHUNK_BYTES)  # which ends at the announced size
        copied = output.tell()
    if copied != size:
        raise UnusableArchiveError(
            f"{archive}: {path.name!r} has not the {size:,} bytes that it announces"
        )


def _safe_path(name: str, archive: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    unsafe = path.is_absolute() or windows.drive or windows.is_absolute() or "\\" in name
    if unsafe or ".." in path.parts or not path.parts or "\0" in name:
        raise UnusableArchiveError(
            f"{archive} is unsafe: its member {name!r} leads outside the folder"
        )
    return path


def _zip_members(archive: Path) -> Members:
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UnusableArchiveError(_not_a_file(archive, member.filename))
            if member.flag_bits & 1:
                raise UnusableArchiveError(f"{archive}: {member.filename!r} is encrypted")
            if member.is_dir() or _is_clutter(member.filename):
                _safe_path(member.filename, archive)
                continue
            yield member.filename, member.file_size, content.open(member)


def _tar_members(archive: Path) -> Members:
    with tarfile.open(archive, "r|*") as content:
        for member in content:
            if member.isdir() or (member.isfile() and _is_clutter(member.name)):
                if PurePosixPath(member.name).parts:
                    _safe_path(member.name, archive)
                continue
            stream = content.extractfile(member) if member.isreg() else None
            if stream is None:
                raise UnusableArchiveError(_not_a_file(archive, member.name))
            yield member.name, member.size, stream


def _not_a_file(archive: Path, name: str) -> str:
    return f"{archive} is unsafe: its member {name!r} is a link or a device, not a file"


def _is_clutter(name: str) -> bool:
    return any(part in CLUTTER or part.startswith("._") for part in PurePosixPath(name).parts)
