"""The digests that a dataset's images are known to have, shipped beside its adapter.

The list may name a part of the images only; of the others nothing is said. Names count without
their folder and letter case, since copies of one dataset differ in both.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path, PurePosixPath

import pandas as pd

from smartiqa.data.adapters import DatasetFacts
from smartiqa.data.checksums import LINE
from smartiqa.data.extraction import UnusableArchiveError
from smartiqa.data.findings import ERROR
from smartiqa.data.listing import IMAGE_SUFFIXES, files_below
from smartiqa.files import sha256_of


def published_digests(facts: DatasetFacts) -> dict[str, str]:
    """Return the known SHA-256 by file name in lower case; empty if none are known."""
    if not facts.digests:
        return {}
    text = files("smartiqa.data.datasets").joinpath(facts.digests).read_text(encoding="utf-8")
    found = [line for line in map(LINE.fullmatch, text.splitlines()) if line]
    return {_key(line[2]): line[1] for line in found}


def other_files(images: pd.DataFrame, facts: DatasetFacts) -> pd.DataFrame:
    """Return the problems of images that are not the published file of their name.

    Args:
        images: columns file and sha256.
        facts: the dataset's facts.

    Returns:
        Columns problem, severity and detail; the index is that of `images`.
    """
    known = published_digests(facts)
    expected = images["file"].map(lambda file: known.get(_key(file)))
    wrong = images[expected.notna() & (expected != images["sha256"])]
    return pd.DataFrame(
        {
            "problem": "not the published file",
            "severity": ERROR,
            "detail": wrong["file"] + f" has not the published digest of {facts.title}",
        },
        index=wrong.index,
    )


def require_published(facts: DatasetFacts, folder: Path, provides: str) -> None:
    """Hold what an archive unpacked to the number and the digests of the published images.

    Raises:
        UnusableArchiveError: there are more or fewer images in `provides`, or one is another.
    """
    images = [
        file
        for file in files_below(folder)
        if provides in PurePosixPath(file).parts[:-1]
        and PurePosixPath(file).suffix.lower() in IMAGE_SUFFIXES
    ]
    if facts.images not in (None, len(images)):
        raise UnusableArchiveError(
            f"the archive holds {len(images):,} images in {provides}, {facts.images:,} are "
            "published; it is of another commit"
        )
    known = published_digests(facts)
    for file in images:
        if _key(file) in known and sha256_of(folder / file) != known[_key(file)]:
            raise UnusableArchiveError(
                f"{file} in the archive is not the published photo; it is of another commit"
            )


def _key(file: str) -> str:
    return PurePosixPath(file).name.lower()
