"""Files that a test writes or changes by hand, and vouches for."""

from __future__ import annotations

from pathlib import Path

from smartiqa.core.files import replace_atomically


def record_digest(path: Path) -> None:
    """Record the digest of what a file holds now."""
    content = path.read_bytes()
    with replace_atomically(path) as temporary:
        temporary.write_bytes(content)
