"""Who is at work in a repository: a lock that processes share and that ends with each of them.

Snakemake's own lock is a list of files, which stays when Snakemake is killed, and nobody can tell
from it whether the build lives. So every build, and every stage, holds a second lock as long as it
lives, together with others. Who can have it alone knows that nobody else is there.

Some network file systems keep such locks on each machine for itself. So the file names the machines
that have used it, and where there is another one nobody is sure to be alone.
"""

from __future__ import annotations

import fcntl
import os
import platform
from contextlib import suppress
from functools import cache
from pathlib import Path

FOLDER = Path(".snakemake")  # of the present folder; there is one where Snakemake has run
FILE = FOLDER / "at-work"


def be_present() -> None:
    """Hold the lock together with others until this process ends, where Snakemake has run."""
    with suppress(OSError):  # a folder that cannot be written, a file system without locks
        if FOLDER.is_dir():
            _share(_opened())


def is_alone() -> bool:
    """Hold the lock as `be_present` does; return whether nobody else did at that moment."""
    with suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
        lock = _opened()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            others = {*os.pread(lock, 10**6, 0).decode().split()} - {platform.node()}
            return not others
        except BlockingIOError:
            return False
        finally:
            _share(lock)
    return False


def _opened() -> int:
    """Open the lock's file for the rest of this process, once: two would shut each other out."""
    return _open(FILE.absolute())


@cache
def _open(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except PermissionError:  # somebody else made it, and it can be locked all the same
        return os.open(file, os.O_RDONLY)


def _share(lock: int) -> None:
    fcntl.flock(lock, fcntl.LOCK_SH)
    node = platform.node()
    if node not in os.pread(lock, 10**6, 0).decode().split():
        with suppress(OSError):  # it is somebody else's file
            os.write(lock, f"{node}\n".encode())
