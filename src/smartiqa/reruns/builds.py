"""What the builds that live in a clone make and read, so that no two are at one file.

Snakemake has lists of this, too (`.snakemake/locks`), but a build that ends removes those of all
others (9.27.1), and those of one that was killed stay. Here every build holds a lock on its list as
long as it lives. Where each machine keeps such locks for itself, it sees its own builds only.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from smartiqa.machine import presence

FOLDER = presence.FOLDER / "builds"
TURN = presence.FOLDER / "builds.lock"  # of builds that begin, one makes its list at a time
_held: list[IO[str]] = []  # the list of this build, until the process ends


class Files(NamedTuple):
    """Those of a build."""

    made: frozenset[str]
    read: frozenset[str]

    def disputed(self, other: Files) -> frozenset[str]:
        """Those that one of two builds makes, and the other one makes or reads."""
        return self.made & (other.made | other.read) | self.read & other.made


def claim(made: Iterable[str], read: Iterable[str] = ()) -> str | None:
    """List what this build makes and reads, unless another one that lives here disputes it.

    Returns:
        The first file that is disputed; None if none is, or where files cannot be locked.
    """
    own = Files(frozenset(made), frozenset(read))
    with suppress(OSError):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with _turn():
            _remove_dead()
            if disputed := [file for other in at_work() for file in own.disputed(other)]:
                return min(disputed)
            listed = (FOLDER / f"{platform.node()}-{os.getpid()}").open("w", encoding="utf-8")
            json.dump([sorted(files) for files in own], listed)
            listed.flush()
            fcntl.flock(listed, fcntl.LOCK_EX)  # who sees it held sees it whole
            _held.append(listed)
    return None


def at_work() -> list[Files]:
    """What each of the builds makes and reads that live here."""
    texts = [_text_if_held(path) for path in sorted(FOLDER.glob("*"))]
    return [Files(*map(frozenset, json.loads(text))) for text in texts if text]


def _remove_dead() -> None:
    """Remove lists of builds that have ended; of other machines' builds nobody here knows it."""
    for path in FOLDER.glob(f"{platform.node()}-*"):
        if _text_if_held(path) is None:
            path.unlink(missing_ok=True)


def _text_if_held(path: Path) -> str | None:
    """Return what the list of a build says while it holds it, and nothing before or after."""
    with suppress(OSError), path.open(encoding="utf-8") as listed:
        try:
            fcntl.flock(listed, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return listed.read()
    return None


@contextmanager
def _turn() -> Iterator[None]:
    turn = os.open(TURN, os.O_RDONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)
