"""Finished trainings in a place that several people use, keyed by their identity.

The place is a folder, an rsync target (`host:folder` or `rsync://...`), or a bucket of any server
that speaks S3 (`s3://bucket/folder`); the variables AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY, or the files in ~/.aws, say which server and who asks.

An entry is the archive of one run's folder. It is named after the digest of the run's identity,
which holds all that can change a result; so two clones agree on an entry without talking to each
other, and an entry once written never changes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smartiqa.core.errors import InputError
from smartiqa.core.files import CHUNK_BYTES, UNFINISHED, replace_atomically
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import identity_of_text
from smartiqa.sharing.archives import Contents, pack, read_contents, unpack

SCHEMES = ("s3", "rsync")
RSYNC_TARGET = re.compile(r"rsync://.+|[^/:]+:(?!//).+")
NOT_ALL_THERE = 23  # rsync's exit status, also for a file that is not there

logger = logging.getLogger(__name__)


def fetch_run(place: str, identity: str, folder: Path) -> bool:
    """Bring the files of a shared run into `folder`; tell whether there was one.

    An entry that is damaged or is not of this identity is named and left aside: the training then
    runs as if there were none.

    Args:
        place: folder, rsync target or URL.
        identity: digest of the run's identity.
        folder: of the run; made if missing.

    Raises:
        InputError: the place cannot be read.
    """
    check_place(place)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as name:
        archive, staging = Path(name, "entry.zip"), Path(name, "run")
        staging.mkdir()
        if not _get(place, entry_name(identity), archive):
            return False
        try:
            contents = read_contents(Contents, archive)
            unpack(archive, contents, staging)
            # Checked against the archive's digest, and it has no other one here.
            found = identity_of_text((staging / IDENTITY).read_bytes(), IDENTITY).digest
            if found != identity:
                raise InputError(f"it holds the run {found}")
        except InputError as problem:
            logger.warning(
                f"the shared run {entry_name(identity)} in {place} is refused, remove it there: "
                f"{str(problem).replace(str(archive), 'it')}"
            )
            return False
        for path in contents.files:
            with replace_atomically(folder / path) as temporary:
                shutil.copy(staging / path, temporary)
    logger.info(f"taken from {place}, where it has the name {entry_name(identity)}")
    return True


def offer_run(place: str, identity: str, folder: Path, files: Iterable[str]) -> None:
    """Share a finished run by `put_run`; it stays, even if the place is full or read-only."""
    try:
        put_run(place, identity, folder, files)
    except InputError as problem:
        logger.warning(f"this run is finished but not shared: {problem}")


def put_run(place: str, identity: str, folder: Path, files: Iterable[str]) -> None:
    """Put files of a finished run where others find them, unless they are there already.

    Args:
        place: folder, rsync target or URL.
        identity: digest of the run's identity.
        folder: of the run.
        files: names within it.

    Raises:
        InputError: the place cannot be written to.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as name:
        archive = Path(name, "entry.zip")
        pack(Contents, folder, files, archive)
        _put(place, entry_name(identity), archive)


def check_place(place: str) -> str:
    """Return a shared place, `~` being the home folder, unless it must not be recorded.

    Raises:
        InputError: it is a URL with a password in it, of an unknown kind, or of no place.
    """
    url = urlsplit(place)
    if "://" in place and "@" in url.netloc and url.scheme != "rsync":
        raise InputError(
            f"the shared place {url.scheme}://{url.netloc.rpartition('@')[2]}{url.path} has a key "
            "in its URL, which would be recorded with every run: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY instead"
        )
    if "://" in place and url.scheme not in SCHEMES:
        raise InputError(
            f"the shared place {place} is neither a folder nor an rsync target nor a bucket: "
            f"its URL must begin with {' or '.join(f'{name}://' for name in SCHEMES)}"
        )
    if "://" in place and not url.netloc:
        raise InputError(
            f"the shared place {place} names no bucket and no host: s3://bucket/folder does"
        )
    return place if "://" in place else os.path.expanduser(place)


def entry_name(identity: str) -> str:
    """The name of a run's archive in a shared place."""
    return f"{identity}.zip"


def _get(place: str, name: str, target: Path) -> bool:
    if RSYNC_TARGET.fullmatch(place):
        return _rsync(f"{place.rstrip('/')}/{name}", str(target), place)
    try:
        files, folder = _files(place)
        if not _is_file(files, f"{folder}/{name}"):
            return False
        with files.open_input_stream(f"{folder}/{name}") as stream, target.open("wb") as output:
            shutil.copyfileobj(stream, output, CHUNK_BYTES)
    except (OSError, ValueError) as problem:
        raise InputError(f"the shared place {place} cannot be read: {problem}") from problem
    return True


def _put(place: str, name: str, source: Path) -> None:
    if RSYNC_TARGET.fullmatch(place):
        _rsync(str(source), f"{place.rstrip('/')}/{name}", place)
        return
    try:
        files, folder = _files(place)
        if _is_file(files, f"{folder}/{name}"):
            return
        files.create_dir(folder, recursive=True)
        # Under its own name only when all of it is there.
        arriving = f"{folder}/{source.parent.name}-{name}"
        try:
            with source.open("rb") as stream, files.open_output_stream(arriving) as output:
                shutil.copyfileobj(stream, output, CHUNK_BYTES)
            files.move(arriving, f"{folder}/{name}")
        except OSError:
            _discard(files, arriving)  # a part would fill the place for good
            raise
    except (OSError, ValueError) as problem:
        raise InputError(f"the shared place {place} cannot be written to: {problem}") from problem


def _files(place: str) -> tuple[Any, str]:
    """Return the file system of a place, and its folder there."""
    from pyarrow import fs  # here, so that the workflow can ask for less

    if "://" not in place:
        _require_folder(Path(place))
        return fs.LocalFileSystem(), str(Path(place).absolute())
    return fs.FileSystem.from_uri(place)  # type: ignore[no-any-return]


def _require_folder(place: Path) -> None:
    """Refuse what can never become a folder; told before a training, not after it."""
    above = next((p for p in (place, *place.absolute().parents) if p.exists()), place)
    if above.is_file():
        raise NotADirectoryError(f"{above} is a file; name a folder")


def _discard(files: Any, path: str) -> None:
    with contextlib.suppress(OSError):
        files.delete_file(path)


def _is_file(files: Any, path: str) -> bool:
    return bool(files.get_file_info(path).is_file)


def _rsync(source: str, target: str, place: str) -> bool:
    # rsync itself writes to a hidden file first and renames it when all has arrived.
    command = ["rsync", "--quiet", "--ignore-existing", "--", source, target]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError(f"the shared place {place} needs the program rsync") from None
    if done.returncode == NOT_ALL_THERE and "No such file" in done.stderr:
        return False
    if done.returncode != 0:
        problem = " ".join(done.stderr.split()) or f"rsync ended with {done.returncode}"
        raise InputError(f"the shared place {place} cannot be used: {problem}")
    return True
