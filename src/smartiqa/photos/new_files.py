"""Files for people, in folders of theirs: whole or not there, and without a recorded digest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from smartiqa.core.errors import InputError
from smartiqa.core.files import UNFINISHED, named_in_errors


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a place for a file that comes to `path` if the block succeeds.

    Raises:
        InputError: the folder does not exist.
    """
    require_folder(path)
    with (
        named_in_errors(path),
        TemporaryDirectory(prefix=UNFINISHED, dir=path.parent) as folder,
    ):
        temporary = Path(folder, path.name)
        yield temporary
        temporary.replace(path)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a folder that comes to `path` if the block succeeds; its files are there together.

    Raises:
        InputError: something is there already, or its parent does not exist.
    """
    require_new(path)
    with new_file(path) as temporary:
        temporary.mkdir()
        yield temporary


def require_folder(path: Path) -> None:
    """Check before long work that a file can be written to its folder.

    Raises:
        InputError: the folder does not exist.
    """
    if not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: the folder {path.parent} does not exist")


def require_new(path: Path) -> None:
    """Check before long work that a folder can come to a place.

    Raises:
        InputError: something is there already, or its parent does not exist.
    """
    require_folder(path)
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError(f"{path} is there already; name a folder that is new or empty")
