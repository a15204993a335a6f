"""Zip archives whose first member lists every other one with its size and SHA-256.

Nothing in such an archive is trusted: a member that is not listed, is missing, is a link, leads
outside, or has not the digest that is listed for it makes the whole archive refused.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import NonNegativeInt, PositiveInt

from smartiqa.core.errors import InputError
from smartiqa.core.files import CHUNK_BYTES, replace_atomically, sha256_of
from smartiqa.core.strict import Strict, validated
from smartiqa.data.fetch.extraction import DAMAGE, MIN_BOUND, UnusableArchiveError, extract

FORMAT = 1
CONTENTS = "contents.json"
MAX_CONTENTS = 1 << 27  # bytes; a million files take about as much
STILL_WRITTEN = "something still writes there; pack it when that has finished"
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every member, so that equal files give equal archives

Kind = TypeVar("Kind", bound="Contents")


class Member(Strict):
    """One file of an archive."""

    sha256: str
    bytes: NonNegativeInt


class Contents(Strict):
    """What an archive says of itself.

    Attributes:
        format: of the archive; a larger one than `FORMAT` is of a newer version.
        smartiqa: version that wrote it.
        files: by path relative to the folder that was packed.
    """

    format: PositiveInt
    smartiqa: str
    files: dict[str, Member]


def pack(kind: type[Kind], root: Path, paths: Iterable[str], archive: Path, **says: Any) -> Kind:
    """Write an archive of files below `root`; equal files give equal bytes.

    Args:
        kind: what the archive says of itself.
        root: the folder that `paths` are relative to.
        paths: the files.
        archive: where to write; replaced if it is there.
        says: the fields that `kind` has beside those of `Contents`.

    Raises:
        InputError: a file changes or goes while it is packed; it is named.
    """
    try:
        return _pack(kind, root, sorted(paths), archive, says)
    except FileNotFoundError as gone:
        raise InputError(f"{gone.filename} is gone: {STILL_WRITTEN}") from gone


def _pack(
    kind: type[Kind], root: Path, paths: Iterable[str], archive: Path, says: dict[str, Any]
) -> Kind:
    files = {
        path: Member(sha256=sha256_of(root / path), bytes=(root / path).stat().st_size)
        for path in paths
    }
    contents = kind(format=FORMAT, smartiqa=version("smartiqa"), files=files, **says)
    with replace_atomically(archive) as temporary, zipfile.ZipFile(temporary, "w") as packed:
        text = json.dumps(contents.model_dump(mode="json"), indent=1, sort_keys=True)
        packed.writestr(_member(CONTENTS), text, zipfile.ZIP_DEFLATED)
        for path in files:
            member = _member(path)
            member.file_size = files[path].bytes  # tells zipfile to make room for large files
            with packed.open(member, "w") as target:
                _copy(root / path, target, files[path].sha256)
    return contents


def _copy(source: Path, target: IO[bytes], sha256: str) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != sha256:
        raise InputError(f"{source} has changed: {STILL_WRITTEN}")


def unpack(archive: Path, contents: Contents, folder: Path) -> None:
    """Unpack an archive into an empty folder and check that it holds exactly what it lists.

    Raises:
        UnusableArchiveError: it does not; the message names the member.
    """
    extract(archive, folder, max_bytes=MIN_BOUND + sum(m.bytes for m in contents.files.values()))
    (folder / CONTENTS).unlink()
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for path in sorted(found ^ set(contents.files)):
        says = "is not listed in" if path in found else "is missing, but listed in"
        raise UnusableArchiveError(f"{archive}: {path!r} {says} its {CONTENTS}")
    for path, member in contents.files.items():
        if sha256_of(folder / path) != member.sha256:
            raise UnusableArchiveError(f"{archive}: {path!r} has not the digest listed for it")


def read_contents(kind: type[Kind], archive: Path) -> Kind:
    """Read and check what an archive says of itself.

    Raises:
        UnusableArchiveError: it is damaged, or was made by something else.
        InputError: it is of a newer version, or says less or more than `kind` has to say.
    """
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(CONTENTS) as listed:
            content = json.loads(listed.read(MAX_CONTENTS))
    except KeyError:
        raise UnusableArchiveError(
            f"{archive} has no {CONTENTS}: it was not made by smartiqa"
        ) from None
    except (*DAMAGE, ValueError, RecursionError) as problem:
        raise UnusableArchiveError(f"{archive} is damaged ({problem})") from problem
    written = content.get("format") if isinstance(content, dict) else None
    if isinstance(written, int) and written > FORMAT:
        raise InputError(
            f"{archive} has the format {written}, and this version of smartiqa reads {FORMAT}: "
            f"use the one that wrote it, {content.get('smartiqa')!r}"
        )
    return validated(kind, content, str(archive))


def _member(path: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(path, EPOCH)
    member.external_attr = 0o644 << 16
    return member
