"""Which files lie in a dataset's folder; imports nothing heavy, since the workflow asks as well."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

SEARCH_DEPTH = 4  # folders below the dataset's own
IMAGE_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}

# What `smartiqa fetch` leaves in the folder.
STATE_FILE = "fetch.json"  # licence shown, parts being unpacked
CHECKSUM_FILE = "checksums.json"  # sha256 of every download, by address
DOWNLOADS = "downloads"


def is_image(file: str | PurePosixPath) -> bool:
    """Whether a file is an image by its name."""
    return PurePosixPath(file).suffix.lower() in IMAGE_SUFFIXES


def files_below(root: Path) -> list[str]:
    """Return all files below `root`, relative to it, sorted; hidden files and folders left out.

    What can be read without end, such as a pipe, is no file, nor is a link that leads to none.
    """
    found = []
    for folder, subfolders, files in os.walk(root, followlinks=True):
        place = Path(folder).relative_to(root)
        deep = len(place.parts) >= SEARCH_DEPTH
        subfolders[:] = [] if deep else [name for name in subfolders if not name.startswith(".")]
        found += [
            (place / name).as_posix()
            for name in files
            if not name.startswith(".") and os.path.isfile(os.path.join(folder, name))
        ]
    return sorted(found)


def data_files_below(root: Path) -> list[str]:
    """Return those of `files_below` that are the dataset's own, not what a download has left."""
    kept = (STATE_FILE, CHECKSUM_FILE)
    return [
        file
        for file in files_below(root)
        if file not in kept and not file.startswith(f"{DOWNLOADS}/")
    ]
