"""Files that stages make: written whole, with the digest of their content, and read only with it.

The digest of `runs/C3/seed1/history.csv` lies in `runs/C3/seed1/.digests/history.csv`, in the
format of `sha256sum`; a comment says to which place in the study the file belongs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from smartiqa.core.errors import InputError

CHUNK_BYTES = 1 << 20
UNFINISHED = ".unfinished-"  # begins the names of what is not written to its end
DIGESTS = ".digests"  # folder of digests, beside the files
RESULTS = "results"  # folder in which every file has its digest
STORAGE = (".snakemake", "storage")  # ends the path to files that lie elsewhere, and come and go
# What parsers raise if a file is damaged or of another kind.
UNPARSABLE = (
    *(OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, RecursionError),
    zipfile.BadZipFile,
)
Parsed = TypeVar("Parsed")
RECORD = re.compile(r"(?:# (?P<place>.+)\n)?(?P<lines>(?:[0-9a-f]{64}  .+\n)+)")


@contextlib.contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary file in the folder of `path`; rename it to `path` if the block succeeds.

    Its digest is recorded. The suffix of `path` is kept, because several libraries choose a format
    by it. If the block raises, the temporary file is removed and `path` stays as it was.
    """
    with _temporary_beside(path) as temporary:
        yield temporary
        _publish(temporary, path)


@contextlib.contextmanager
def named_in_errors(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that is written, not a temporary one or none."""
    try:
        yield
    except OSError as error:
        named = error.filename is not None and UNFINISHED not in str(error.filename)
        if named or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


@contextlib.contextmanager
def replace_together(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Do as `replace_atomically` for several files; if the block raises, none of them appears.

    The last one, which is the stage's main output, is renamed first: without it none appears.
    """
    with contextlib.ExitStack() as stack:
        yield tuple(stack.enter_context(replace_atomically(path)) for path in paths)


@contextlib.contextmanager
def _temporary_beside(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with named_in_errors(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED, suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def require_writable(folder: Path) -> None:
    """Make a folder, and try whether files can be made in it, before hours are spent on them.

    Raises:
        OSError: they cannot; it names the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with named_in_errors(folder), tempfile.TemporaryFile(dir=folder, prefix=UNFINISHED):
        pass


def unfinished_in(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield what writers that were killed have left below some folders."""
    for top in folders:
        for folder, subfolders, files in os.walk(top):
            for name in (*subfolders, *files):
                if name.startswith(UNFINISHED):
                    yield Path(folder, name)
            subfolders[:] = [name for name in subfolders if not name.startswith(UNFINISHED)]


def _publish(temporary: Path, path: Path) -> None:
    """Record the digest, then rename.

    While there is an old file its digest stays recorded too: whoever is killed in between leaves
    one of two whole files, and either is accepted.
    """
    temporary.chmod(0o666 & ~_umask())
    new = sha256_of(temporary)
    old = _recorded(path)[1].get(path.name, []) if path.exists() else []
    _record(path, [new, *old])
    try:
        temporary.replace(path)
    except OSError:
        _record(path, old)
        raise
    if old:
        _record(path, [new])
    _aside(path).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _record(path: Path, digests: Sequence[str]) -> None:
    """Record the digests that a file may have; of none, nothing is left."""
    if _is_copy(path):
        return
    if not digests:
        _record_of(path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others have their records there
            _record_of(path).parent.rmdir()
        return
    place = place_of(path)
    header = "" if place is None else f"# {place}\n"
    lines = "".join(f"{digest}  {path.name}\n" for digest in dict.fromkeys(digests))
    target = _record_of(path)
    with _temporary_beside(target) as temporary:
        temporary.write_text(header + lines, encoding="utf-8")
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)


def _recorded(path: Path) -> tuple[str | None, dict[str, list[str]]]:
    """Return place and digests by file name from the record of `path`; nothing if it is damaged."""
    try:
        text = _record_of(path).read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None, {}
    found = RECORD.fullmatch(text)
    if found is None:
        return None, {}
    digests: dict[str, list[str]] = {}
    for line in found["lines"].splitlines():
        digest, _, name = line.partition("  ")
        digests.setdefault(name, []).append(digest)
    return found["place"], digests


def _record_of(path: Path) -> Path:
    return path.parent / DIGESTS / path.name


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")


def place_of(path: Path) -> str | None:
    """Return where in a study a file lies, `runs/C3/seed1/history.csv`; None outside `results`."""
    parts = Path(os.path.abspath(path)).parts  # not resolved: `results` may be a link
    places = [number for number, part in enumerate(parts[:-2]) if part == RESULTS]
    if not places or _has_clone(parts, places[-1] + 1):
        return None
    return "/".join(parts[places[-1] + 2 :])


def _is_copy(path: Path) -> bool:
    """Whether a file is Snakemake's copy of one on object storage, which has checksums of its own.

    A digest beside it would stay here while the file is made anew by another machine.
    """
    parts = path.resolve().parts
    return STORAGE in pairwise(parts)


def _has_clone(parts: tuple[str, ...], start: int) -> bool:
    """Whether a whole clone lies below a folder that happens to be called `results`."""
    return any(Path(*parts[:end], "Snakefile").exists() for end in range(start, len(parts)))


def verified(path: Path) -> Path:
    """Return `path` if its content is what was written there; every reader calls this.

    A damaged file is moved aside, so that Snakemake makes it anew. One that merely lost its digest
    stays: it may be hours of training.

    Raises:
        InputError: the file is damaged, belongs somewhere else, or has no digest; it is named,
            with what to do. That a file is missing is left to the reader to say.
    """
    if not (problem := damage_of(path)):
        return path
    if not _record_of(path).exists():
        raise InputError(
            f"{path}: {problem}, so nobody knows whether it is damaged; copy that folder too, or "
            "remove the file and run snakemake again"
        )
    raise damaged(path, problem)


def damage_of(path: Path) -> str:
    """Say what is wrong with the content of a file; empty if it is what was written there.

    A file without a recorded digest is wrong below `results`; anywhere else it is somebody's own.
    """
    if not path.is_file() or _is_copy(path):
        return ""
    if not _record_of(path).exists():
        return "" if place_of(path) is None else f"{DIGESTS} beside it has no digest for it"
    # A second look, in case the file was replaced between reading it and its record.
    return _difference(path) and _difference(path)


def _difference(path: Path) -> str:
    """Compare a file with its record."""
    digest = sha256_of(path)
    place, digests = _recorded(path)
    here = place_of(path)
    if place is not None and here is not None and place != here:
        return f"it is the file of {place}"
    if digest not in digests.get(path.name, []):
        return "its content has not the digest that was recorded when it was written"
    return ""


def damaged(path: Path, problem: str) -> InputError:
    """Move a damaged output aside, and return the error to raise; nothing is deleted."""
    aside = _aside(path)
    try:
        path.replace(aside)
    except OSError:
        return InputError(f"{path} is damaged: {problem}; remove it and run snakemake again")
    return InputError(
        f"{path} is damaged: {problem}; it is now {aside.name}, run snakemake again to remake it"
    )


def discard(path: Path) -> None:
    """Remove a file, its digest and a damaged one moved aside, as far as they are there."""
    for each in (path, _record_of(path), _aside(path)):
        each.unlink(missing_ok=True)


def verify_folder(folder: Path) -> None:
    """Check all files right in `folder` whose digests are recorded.

    Raises:
        InputError: one of them is damaged.
    """
    for record in sorted((folder / DIGESTS).glob("[!.]*")):
        if (folder / record.name).is_file():
            verified(folder / record.name)


def parsed(
    path: Path,
    kind: str,
    parse: Callable[[Path], Parsed],
    stage: str = "",
    check: Callable[[Path], Path] = verified,
) -> Parsed:
    """Return what `parse` makes of a file that a stage wrote; everything that reads one calls this.

    Args:
        path: of the file.
        kind: its format, for messages.
        parse: reads it.
        stage: that writes such files, for messages.
        check: compares the file with its digest.

    Raises:
        InputError: the file is missing, damaged, a folder, or not of this kind.
    """
    whole = check(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a {kind} file; {made_anew(stage)}")
    if not path.is_file():
        remedy = f"the stage {stage} makes it" if stage else "make it anew"
        raise InputError(f"{path} does not exist; {remedy}")
    try:
        return parse(whole)
    except UNPARSABLE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk cannot be read, whatever the file holds
        raise InputError(
            f"{path} is no {kind} file, or a damaged one; {made_anew(stage)}"
        ) from error


def made_anew(stage: str) -> str:
    """Say what helps against a file that is not what a stage writes."""
    return f"give one that the stage {stage} wrote, or run it anew" if stage else "make it anew"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
