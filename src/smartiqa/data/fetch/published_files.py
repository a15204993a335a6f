"""The digests that a dataset's images are known to have, shipped beside its adapter.

The list may name a part of the images only; of the others nothing is said. Names count without
their folder and letter case, since copies of one dataset differ in both.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePosixPath

from smartiqa.data.adapters import DatasetFacts
from smartiqa.data.fetch.checksums import LINE


def published_digests(facts: DatasetFacts) -> dict[str, str]:
    """Return the known SHA-256 by `name_of` a file; empty if none are known."""
    if not facts.digests:
        return {}
    text = files("smartiqa.data.datasets").joinpath(facts.digests).read_text(encoding="utf-8")
    found = [line for line in map(LINE.fullmatch, text.splitlines()) if line]
    return {name_of(line[2]): line[1] for line in found}


def name_of(file: str) -> str:
    """The name under which a file is known: without its folder, in lower case."""
    return PurePosixPath(file).name.lower()
