"""SHA-256 of files, computed once: a file whose signature is the same is not read again.

A signature is size, inode, and the times when content and entry last changed. No copy can set the
last of these, so a file that is replaced by an older one (`cp -p`) is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from pathlib import Path

from smartiqa.core.errors import InputError
from smartiqa.core.files import replace_atomically, sha256_of
from smartiqa.core.json_files import read_json

FILE = "digests.json"  # in the folder of a study's results
TIMESTAMP = ".snakemake_timestamp"  # Snakemake's, in folders that are outputs
SETTLED_NS = 2_000_000_000  # a younger file may change again within the clock's resolution


class Digests:
    """Digests of files and folders, remembered in one file.

    Args:
        file: where they are remembered; a damaged one counts as empty.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._known: dict[str, list[int | str]] = dict(read_json(file))
        except (InputError, OSError, ValueError):
            self._known = {}
        self._changed = False

    def of(self, path: Path) -> str | None:
        """Return the digest of a file, or of all files in a folder; None if there is neither."""
        try:
            found = path.stat()
        except OSError:
            return None
        if stat.S_ISDIR(found.st_mode):
            return self._of_folder(path)
        return self._of(path, found) if stat.S_ISREG(found.st_mode) else None  # no device

    def _of(self, path: Path, found: os.stat_result) -> str:
        signature = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
        known = self._known.get(str(path))
        if known is not None and known[:-1] == signature:
            return str(known[-1])
        digest = sha256_of(path)
        if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > SETTLED_NS:
            self._known[str(path)] = [*signature, digest]
            self._changed = True
        return digest

    def _of_folder(self, folder: Path) -> str:
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != TIMESTAMP:
                entry = f"{self._of(path, path.stat())}  {path.relative_to(folder)}\n"
                digest.update(entry.encode())
        return digest.hexdigest()

    def save(self) -> None:
        """Write what is new, so that the next process finds it."""
        if self._changed:
            with replace_atomically(self._file) as temporary:
                temporary.write_text(json.dumps(self._known), encoding="utf-8")
            self._changed = False
