"""Finished trainings in a place that several people use, keyed by their identity.

The place is a folder, an rsync target (`host:folder` or `rsync://...`), or anything that fsspec
opens by its URL, such as a bucket (`s3://bucket/folder`, with the package s3fs). An entry is the
archive of one run's folder. It is named after the digest of the run's identity, which holds all
that can change a result; so two clones agree on an entry without talking to each other, and an
entry once written never changes.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import fsspec.core

from smartiqa.archives import Contents, pack, read_contents, unpack
from smartiqa.errors import InputError
from smartiqa.files import replace_atomically
from smartiqa.identity import FILE as IDENTITY
from smartiqa.identity import read_identity

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
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shared-") as name:
        archive, staging = Path(name, "entry.zip"), Path(name, "run")
        staging.mkdir()
        if not _get(place, entry_name(identity), archive):
            return False
        try:
            contents = read_contents(Contents, archive)
            unpack(archive, contents, staging)
            found = read_identity(staging / IDENTITY).digest
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
    """Put files of a finished run where others find them, unless they are there already.

    Args:
        place: folder, rsync target or URL.
        identity: digest of the run's identity.
        folder: of the run.
        files: names within it.

    Raises:
        InputError: the place cannot be written to.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".shared-") as name:
        archive = Path(name, "entry.zip")
        pack(Contents, folder, files, archive)
        _put(place, entry_name(identity), archive)


def entry_name(identity: str) -> str:
    """The name of a run's archive in a shared place."""
    return f"{identity}.zip"


def _get(place: str, name: str, target: Path) -> bool:
    if RSYNC_TARGET.fullmatch(place):
        return _rsync(f"{place.rstrip('/')}/{name}", str(target), place)
    try:
        files, folder = fsspec.core.url_to_fs(place)
        if not files.exists(f"{folder}/{name}"):
            return False
        files.get_file(f"{folder}/{name}", str(target))
    except (OSError, ValueError, ImportError) as problem:
        raise InputError(f"the shared place {place} cannot be read: {problem}") from problem
    return True


def _put(place: str, name: str, source: Path) -> None:
    if RSYNC_TARGET.fullmatch(place):
        _rsync(str(source), f"{place.rstrip('/')}/{name}", place)
        return
    try:
        files, folder = fsspec.core.url_to_fs(place)
        if files.exists(f"{folder}/{name}"):
            return
        files.makedirs(folder, exist_ok=True)
        # An object store shows an object when all of it is there; a folder needs the second step.
        arriving = f"{folder}/{source.parent.name}-{name}"
        files.put_file(str(source), arriving)
        files.mv(arriving, f"{folder}/{name}")
    except (OSError, ValueError, ImportError) as problem:
        raise InputError(f"the shared place {place} cannot be written to: {problem}") from problem


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
