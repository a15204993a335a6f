"""Digests of code that a test edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartiqa.provenance import code_digest as provenance


def forget() -> None:
    """Let code be read anew, as in a new process."""
    for cached in (
        provenance._closure,
        provenance._digest,
        provenance._entries,
        provenance._reach,
        provenance._sources,
        provenance._tables,
        provenance._text,
    ):
        cached.cache_clear()


def reached_files(modules: Iterable[str]) -> list[Path]:
    """The source files of which `modules` can reach something, in order."""
    reached = {module for module, _ in provenance.reach(modules).code}
    folder = provenance.SOURCE
    return sorted(folder.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in reached)


@contextmanager
def digests_of(folder: Path) -> Iterator[Path]:
    """Let the package in `folder` be the one that digests are made from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "PACKAGE", folder.name)
        patch.setattr(provenance, "SOURCE", folder)
        forget()
        yield folder
    forget()
