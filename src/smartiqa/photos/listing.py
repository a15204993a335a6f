"""Which photos a command line means: files, folders, patterns and lists on standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from PIL import Image

from smartiqa.core.errors import InputError

LISTED = "-"  # the paths are on standard input, one a line
# Pillow knows these names, but needs another program for the pixels.
WITHOUT_PIXELS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}


def list_photos(paths: Iterable[str], lines: Iterable[str]) -> list[str]:
    """List the files that `paths` mean, in the order given.

    A folder means all photos in it and below, in the order of their names, but for hidden ones; a
    pattern with `*`, `?`, `[...]` or `**` all files that it fits.

    Args:
        paths: files, folders, patterns, or "-" for `lines`.
        lines: further files and folders, one a line. What is missing there counts as a photo that
            cannot be read, because lists grow old.

    Raises:
        InputError: a path does not exist, or a folder or pattern has no photo.
    """
    found = []
    for path in paths:
        if path == LISTED:
            names = (line.rstrip("\r\n") for line in lines)
            found += [file for name in names if name for file in _in_list(name)]
        else:
            found += list(_named(path))
    if not found:
        raise InputError("there are no photos to score: the list on standard input is empty")
    return found


def _in_list(name: str) -> list[str]:
    return list(_in_folder(name)) if os.path.isdir(name) else [name]


def _named(path: str) -> Iterator[str]:
    if os.path.isdir(path):
        yield from _in_folder(path)
    elif os.path.lexists(path):
        yield path
    elif glob.has_magic(path):
        files = sorted(file for file in glob.glob(path, recursive=True) if os.path.isfile(file))
        if not files:
            raise InputError(f"no file fits the pattern {path}")
        yield from files
    else:
        raise InputError(f"{path} does not exist; give files, folders, patterns, or - for a list")


def _in_folder(folder: str) -> Iterator[str]:
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in _suffixes():
                count += 1
                yield os.path.join(place, name)
    if not count:
        raise InputError(f"{folder} has no photo in it or below; photos are told by their suffix")


@cache
def _suffixes() -> frozenset[str]:
    known = Image.registered_extensions()
    return frozenset(
        suffix for suffix, kind in known.items() if kind in Image.OPEN.keys() - WITHOUT_PIXELS
    )
