"""Get a dataset: download its parts, check them, and unpack them into its folder.

`smartiqa fetch koniq10k` puts KonIQ-10k into `data/koniq10k`. A part that is there already is left
alone; an interrupted run goes on where it stopped; nothing half-unpacked is ever taken for whole.
Datasets that are handed out on request only get a message that says where to ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.adapters import DatasetFacts, Download, Mirror
from smartiqa.data.fetch.checksums import name_of, published_digests
from smartiqa.data.fetch.download import Patience, fetch_file, forget_checksums
from smartiqa.data.fetch.extraction import UnusableArchiveError, extract, is_archive
from smartiqa.data.listing import (
    CHECKSUM_FILE,
    DOWNLOADS,
    SEARCH_DEPTH,
    STATE_FILE,
    files_below,
    is_image,
)

LOG = logging.getLogger(__name__)


def fetch(
    facts: DatasetFacts,
    root: Path,
    *,
    extra_mirrors: Sequence[str] = (),
    keep_archives: bool = False,
    patience: Patience | None = None,
) -> None:
    """Bring all parts of a dataset into `root`.

    Args:
        facts: the dataset's facts, with its downloads.
        root: the dataset's folder.
        extra_mirrors: base addresses tried before the published ones; `<base>/<file name>` must
            hold the same file, so a pinned checksum holds there too.
        keep_archives: whether archives stay in `<root>/downloads` after unpacking.
        patience: how long to try each mirror.

    Raises:
        InputError: a part must be asked for by hand, cannot be downloaded, or is damaged.
    """
    if not (missing := missing_parts(facts, root)):
        LOG.info("%s is complete in %s", facts.title, root)
        return
    _show_licence(facts, root)
    for part in missing:
        if not _is_there(root, part):  # another part's archive may have brought it
            try:
                _fetch_part(facts, part, root, extra_mirrors, keep_archives, patience)
            except InputError as problem:
                raise InputError(f"{problem}{_way_out(facts, root)}") from problem
    LOG.info("%s is complete in %s", facts.title, root)


def missing_parts(facts: DatasetFacts, root: Path) -> list[Download]:
    """Return the parts of a dataset that are not in its folder and can be downloaded.

    Raises:
        InputError: one cannot: the dataset must be asked for, or is somebody's own.
    """
    missing = [part for part in facts.downloads if not _is_there(root, part)]
    own_data = not facts.downloads and root.is_dir() and any(root.iterdir())
    if (not facts.downloads and not own_data) or any(not part.mirrors for part in missing):
        raise InputError(f"{facts.title} cannot be downloaded: {facts.by_hand} into {root}")
    return missing


def write_record(facts: DatasetFacts, root: Path, output: Path) -> None:
    """Write what is known of where a dataset came from: its terms and the checksums received."""
    path = root / CHECKSUM_FILE
    checksums = read_json(path) if path.is_file() else {}
    record = {"dataset": facts.name, "licence": facts.licence, "citation": facts.citation}
    write_json(output, {**record, "downloads": checksums})


def _fetch_part(
    facts: DatasetFacts,
    part: Download,
    root: Path,
    extra_mirrors: Sequence[str],
    keep_archives: bool,
    patience: Patience | None,
) -> None:
    """Try the mirrors in turn: download, unpack, and see that the promised file came out."""
    problems = []
    for mirror in part.mirrors:
        archive = root / DOWNLOADS / _file_name(mirror)
        bases = [base.rstrip("/") for base in extra_mirrors]
        mirrors = [*(replace(mirror, url=f"{base}/{archive.name}") for base in bases), mirror]
        try:
            fetch_file(mirrors, archive, root / CHECKSUM_FILE, patience)
            inspect = partial(_require_published, facts, provides=part.provides)
            _unpack(archive, root, part, inspect if mirror.packed_on_demand else None)
        except UnusableArchiveError as problem:
            archive.unlink()
            forget_checksums(root / CHECKSUM_FILE, mirrors)
            problems.append(str(problem))
        except InputError as problem:
            problems.append(str(problem))
        else:
            if _is_there(root, part):
                if not keep_archives:
                    archive.unlink(missing_ok=True)
                return
            problems.append(f"{archive.name} does not contain {part.provides}")
    raise InputError(f"{part.provides} could not be fetched:\n" + "\n".join(problems))


def _way_out(facts: DatasetFacts, root: Path) -> str:
    lines = [
        "run this again to go on where it stopped, or download a file by hand and put it into "
        f"{root / DOWNLOADS}"
    ]
    lines += [f"{facts.by_hand} into {root}"] if facts.by_hand else []
    return "".join(f"\n{line}" for line in lines)


def _file_name(mirror: Mirror) -> str:
    return PurePosixPath(unquote(urlsplit(mirror.url).path)).name


def _unpack(
    archive: Path, root: Path, part: Download, inspect: Callable[[Path], None] | None
) -> None:
    """Unpack an archive (if `inspect` finds nothing wrong), or move a plain file, into `root`.

    Whoever interrupts this leaves the note "unfinished", so that the next run does it again.
    """
    _note(root, unfinished=part.provides)
    try:
        if is_archive(archive):
            extract(archive, root, inspect=inspect)
        else:
            archive.replace(root / archive.name)
    except InputError:  # a refused archive has left nothing behind
        _note(root, unfinished="")
        raise
    _note(root, unfinished="")


def _require_published(facts: DatasetFacts, folder: Path, provides: str) -> None:
    """Hold what an archive unpacked to the number and the digests of the published images.

    Raises:
        UnusableArchiveError: there are more or fewer images in `provides`, or one is another.
    """
    images = [file for file in files_below(folder) if _is_image_in(provides, PurePosixPath(file))]
    if facts.images not in (None, len(images)):
        raise UnusableArchiveError(
            f"the archive holds {len(images):,} images in {provides}, {facts.images:,} are "
            "published; it is of another commit"
        )
    known = published_digests(facts)
    for file in images:
        if name_of(file) in known and sha256_of(folder / file) != known[name_of(file)]:
            raise UnusableArchiveError(
                f"{file} in the archive is not the published photo; it is of another commit"
            )


def _is_image_in(folder: str, file: PurePosixPath) -> bool:
    return folder in file.parts[:-1] and is_image(file)


def _is_there(root: Path, part: Download) -> bool:
    """Whether the part's file or folder is in `root` and was not left half-unpacked."""
    if not root.is_dir() or _state(root).get("unfinished") == part.provides:
        return False
    names = (part.provides, *part.also)
    levels = ["*/" * depth + name for name in names for depth in range(SEARCH_DEPTH + 1)]
    return any(next(root.glob(level), None) is not None for level in levels)


def _show_licence(facts: DatasetFacts, root: Path) -> None:
    """Log the terms and the paper to cite, once for each folder and wording."""
    if _state(root).get("licence") == facts.licence:
        return
    LOG.info("%s: %s", facts.title, facts.licence)
    LOG.info("please cite: %s", facts.citation)
    _note(root, licence=facts.licence)


def _state(root: Path) -> dict[str, Any]:
    path = root / STATE_FILE
    try:
        return dict(read_json(path)) if path.is_file() else {}
    except (ValueError, TypeError) as problem:
        raise InputError(f"{path} is damaged ({problem}); remove it") from problem


def _note(root: Path, **changes: str) -> None:
    write_json(root / STATE_FILE, {**_state(root), **changes})
