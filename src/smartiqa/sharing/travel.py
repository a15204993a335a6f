"""A study's results as one archive: made on one machine, used on another.

What Snakemake needs in order to see that the results are up to date lies among them, so after an
import it plans what really differs, and nothing else.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from smartiqa.config.files import CONFIG, studies_in
from smartiqa.core.errors import InputError
from smartiqa.core.files import DIGESTS, UNFINISHED, replace_atomically, sha256_of, verified
from smartiqa.data.fetch.extraction import UnusableArchiveError, merge_into
from smartiqa.provenance.identity import FILE as IDENTITY
from smartiqa.provenance.identity import read_identity
from smartiqa.reruns.job_ledger import LEDGER, read_ledger
from smartiqa.sharing.archives import Contents, pack, read_contents, unpack

Part = Literal["stores", "weights"]

# Left behind: what a run in progress needs, what only this machine's logs say, and what is made
# anew from photos in seconds; files that are being written, and damaged ones. Patterns match paths
# relative to the study's results.
NEVER = re.compile(
    r"(logs|raw|pretrained)/|digests\.json|.*/unfinished\.|data/.*/(journal|plan)$"
    r"|(.*/)?\.(?!digests/)|.*\.damaged$"
)
PARTS: dict[Part, re.Pattern[str]] = {
    "stores": re.compile(r"data/[^/]+/store-[^/]+/"),
    "weights": re.compile(r"(runs/.+|weights/[^/]+)\.safetensors"),
}
# What is rendered from the results, which alone lies outside of results/<study>.
RENDERED = re.compile(
    r"figures/[a-z_]+\.pdf|paper/((sections|tables)/)?[a-z_]+\.tex|paper/main\.pdf"
)


class StudyContents(Contents):
    """What the archive of a study says of itself.

    Attributes:
        study: name of the study.
        runs: digest of each run's identity, by `<experiment>/seed<k>`.
    """

    study: str
    runs: dict[str, str]


def export_results(
    root: Path, study: str, archive: Path, leave_out: Iterable[Part] = ()
) -> StudyContents:
    """Pack the results of a study; equal results give equal bytes.

    Args:
        root: the repository.
        study: its name.
        archive: the file to write, ending in `.zip`.
        leave_out: `stores` (decoded pixels) and `weights` (of networks) are large, and without
            them figures, tables and paper can still be made anew.

    Raises:
        InputError: the study has no runs, a file is damaged, or the archive's name does not end in
            `.zip`.
    """
    if archive.suffix != ".zip":
        raise InputError(
            f"{archive}: results are packed as a zip file; call it {archive.with_suffix('.zip')}"
        )
    paths = list(files_of(root, study, leave_out))
    for path in paths:
        # Pixels have one digest an image, and a digest has none.
        if (root / path).parent.joinpath(DIGESTS, Path(path).name).is_file():
            verified(root / path)
    runs = dict(identities(root / "results" / study))
    if not runs:
        raise InputError(
            f"there are no finished runs below {root / 'results' / study}; build the study first"
        )
    return pack(StudyContents, root, paths, archive, study=study, runs=runs)


def files_of(root: Path, study: str, leave_out: Iterable[Part] = ()) -> Iterator[str]:
    """Yield the paths, relative to the repository, of all that a study's archive holds.

    Figures and the paper are those that this study's jobs wrote: another one's may lie there.
    """
    folder = root / "results" / study
    skipped = [NEVER, *(PARTS[part] for part in leave_out)]
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and not any(pattern.match(inside) for pattern in skipped):
            yield path.relative_to(root).as_posix()
    for output, entry in read_ledger(folder / LEDGER).items():
        path = root / output
        if RENDERED.fullmatch(output) and path.is_file() and sha256_of(path) == entry["sha256"]:
            yield output


def import_results(root: Path, archive: Path, replace: bool = False) -> StudyContents:
    """Check an archive and put its files where Snakemake finds them: all of them, or none.

    Args:
        root: the repository to bring them to.
        archive: made by `export_results`.
        replace: whether results that are there already and differ give way.

    Raises:
        InputError: the archive is damaged, unsafe or of a newer version, its study is unknown
            here, it contradicts itself, or results that differ are in its place.
    """
    if not archive.is_file():
        raise InputError(f"there is no file {archive}")
    contents = read_contents(StudyContents, archive)
    _check_study(root, contents, archive)
    _check_places(contents, archive)
    _check_folders(root, contents, archive)
    if not replace:
        _refuse_to_replace(root, contents, archive)
    (root / "results").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / "results", prefix=UNFINISHED) as name:
        staging = Path(name)
        unpack(archive, contents, staging)
        try:
            _check_runs(staging, contents)
            _check_jobs(staging, contents)
        except InputError as problem:
            where = str(problem).replace(f"{staging}/", "")
            raise UnusableArchiveError(f"{archive}: {where}") from problem
        for path in contents.files:
            if RENDERED.fullmatch(path):
                with replace_atomically(root / path) as temporary:
                    shutil.copy(staging / path, temporary)
        merge_into(staging / "results", root / "results")
    return contents


def _check_study(root: Path, contents: StudyContents, archive: Path) -> None:
    if contents.study not in studies_in(root / CONFIG):
        raise InputError(
            f"{archive} holds results of the study {contents.study!r}, which is not known here: "
            "put its file into workflow/config first"
        )


def _check_places(contents: StudyContents, archive: Path) -> None:
    for path in contents.files:
        if not is_place(path, contents.study):
            raise UnusableArchiveError(
                f"{archive} is unsafe: {path!r} is no place of results of {contents.study!r}"
            )


def is_place(path: str, study: str) -> bool:
    """Whether an archive of a study may hold a file with this path."""
    return is_output(path, study) and not NEVER.match(path.removeprefix(f"results/{study}/"))


def is_output(path: str, study: str) -> bool:
    """Whether a path is one of a study's results, or of what is rendered from them."""
    below = path.startswith(f"results/{study}/") and ".." not in path.split("/")
    return below or RENDERED.fullmatch(path) is not None


def _check_folders(root: Path, contents: StudyContents, archive: Path) -> None:
    """A file here cannot become a folder, nor a folder a file, without taking more than results."""
    for path in contents.files:
        place = root / path
        above = next((p for p in Path(path).parents if (root / p).is_file()), None)
        if place.is_dir() or above is not None:
            raise InputError(
                f"{archive} has the file {path!r}, and {above or path} here is a "
                f"{'file' if above else 'folder'}: move it away"
            )


def _check_runs(staging: Path, contents: StudyContents) -> None:
    found = dict(identities(staging / "results" / contents.study))
    for run in sorted(set(found) | set(contents.runs)):
        if found.get(run) != contents.runs.get(run):
            raise InputError(f"the run {run!r} is not the one that is announced")


def _check_jobs(staging: Path, contents: StudyContents) -> None:
    """Check what Snakemake is going to believe."""
    ledger = staging / "results" / contents.study / LEDGER
    for output in read_ledger(ledger):
        if not is_output(output, contents.study):
            raise InputError(f"{ledger}: {output!r} is no place of results")


def _refuse_to_replace(root: Path, contents: StudyContents, archive: Path) -> None:
    other = [
        path
        for path, member in contents.files.items()
        if path.startswith("results/")
        and DIGESTS not in path.split("/")
        and (root / path).is_file()
        and sha256_of(root / path) != member.sha256
    ]
    if other:
        raise InputError(
            f"{archive}: {len(other)} results here differ from its own, such as {other[0]}; move "
            "them away, or give them up by --replace"
        )


def identities(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield `<experiment>/seed<k>` and the digest of the identity of every run of a study.

    Raises:
        InputError: an identity misses a field or has one too many.
    """
    for path in sorted(folder.glob(f"runs/*/seed*/{IDENTITY}")):
        yield path.parent.relative_to(folder / "runs").as_posix(), read_identity(path).digest
