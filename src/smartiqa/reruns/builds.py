"""What the builds that live in a clone make, so that no two make the same file.

Snakemake has lists of this, too (`.snakemake/locks`), but a build that ends removes those of all
others (9.27.1), and those of one that was killed stay. Here every build holds a lock on its list as
long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from smartiqa.machine import presence

FOLDER = presence.FOLDER / "builds"
TURN = presence.FOLDER / "builds.lock"  # of builds that begin, one makes its list at a time
_held: list[IO[str]] = []  # the list of this build, until the process ends


def claim(files: Iterable[str]) -> str | None:
    """List what this build makes, unless another one that lives here makes some of it.

    Returns:
        The first such file; None if there is none, or where files cannot be locked.
    """
    mine = set(files)
    with suppress(OSError):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with _turn():
            taken = [file for others in at_work() for file in mine & others]
            if taken:
                return min(taken)
            made = (FOLDER / f"{platform.node()}-{os.getpid()}").open("w", encoding="utf-8")
            fcntl.flock(made, fcntl.LOCK_EX)
            made.write("\n".join(sorted(mine)))
            made.flush()
            _held.append(made)
    return None


def at_work() -> list[set[str]]:
    """What each of the builds makes that live here; lists of dead ones are removed."""
    return [files for path in sorted(FOLDER.glob("*")) if (files := _living(path)) is not None]


def _living(path: Path) -> set[str] | None:
    with suppress(OSError), path.open(encoding="utf-8") as made:
        try:
            fcntl.flock(made, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return set(made.read().splitlines())
        path.unlink(missing_ok=True)
    return None


@contextmanager
def _turn() -> Iterator[None]:
    with TURN.open("w", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
