"""The digests that files of a dataset are known to have.

`SHA256SUMS` in the folder of a dataset that we made says which files belong to it. A folder of
somebody else's may have one too; it is then held to it. Of published images, lists are shipped
beside the adapters. These may name a part of the images only; of the others nothing is said. Names
count without their folder and letter case there, since copies of one dataset differ in both.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path, PurePosixPath

from smartiqa.core.errors import InputError
from smartiqa.core.files import place_of, sha256_of
from smartiqa.data.adapters import DatasetFacts

CHECKSUMS = "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def write_checksums(folder: Path) -> None:
    """List all files below `folder`, in the format of `sha256sum`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def require_listed(root: Path, known: Mapping[str, str]) -> None:
    """Hold a dataset to its checksums, if it has them.

    Args:
        root: the dataset's folder.
        known: SHA-256 of the files that were read anyway; the others are read here.

    Raises:
        InputError: a file is missing or damaged. A dataset that a study made is moved aside, so
            that Snakemake makes it anew; somebody's own stays.
    """
    ours, path = place_of(root / CHECKSUMS) is not None, root / CHECKSUMS
    if not path.is_file() and not ours:
        return
    if not (problem := _problem(root, known)):
        return
    if ours:
        aside = root.with_name(root.name + ".damaged")
        with contextlib.suppress(OSError):
            root.replace(aside)
            raise InputError(
                f"{problem}; the folder is now {aside.name}, run snakemake again to remake it"
            )
    raise InputError(f"{problem}; restore that file, or remove {path} if it is meant to differ")


def _problem(root: Path, known: Mapping[str, str]) -> str:
    """Name the first file that is not as listed; empty if all are."""
    path = root / CHECKSUMS
    if not path.is_file():
        return f"{path} is missing, so nobody knows whether a file is damaged"
    for line in path.read_text(encoding="utf-8", errors="replace").removesuffix("\n").split("\n"):
        found = LINE.fullmatch(line)
        if found is None:
            return f"{path} is damaged: it has a line that is no checksum"
        digest, name = found.groups()
        if not (root / name).is_file():
            return f"{root / name} is missing, which {CHECKSUMS} lists"
        if (known.get(name) or sha256_of(root / name)) != digest:
            return f"{root / name} is damaged: it has not the digest that {CHECKSUMS} lists"
    return ""


def published_digests(facts: DatasetFacts) -> dict[str, str]:
    """Return the known SHA-256 by `name_of` a file; empty if none are known."""
    if not facts.digests:
        return {}
    path = resources.files("smartiqa.data.datasets").joinpath(facts.digests)
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line for line in map(LINE.fullmatch, lines) if line]
    return {name_of(line[2]): line[1] for line in found}


def name_of(file: str) -> str:
    """The name under which a file is known: without its folder, in lower case."""
    return PurePosixPath(file).name.lower()
