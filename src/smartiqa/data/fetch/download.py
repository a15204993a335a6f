"""Downloading a file over HTTP: resumable, checked, from the first mirror that works.

While a download runs, its bytes lie in `<target>.<key>.part` (the key stands for what is expected:
the pinned checksum, or else the address), with what the server announced beside it. A later run
asks for the missing range only. Checksums that no publisher pins are recorded at the first
download, in a JSON file that maps addresses to digests, and enforced at every later one.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from tqdm import tqdm

from smartiqa.core.errors import InputError
from smartiqa.core.files import sha256_of
from smartiqa.core.json_files import read_json, write_json
from smartiqa.data.adapters import Mirror

LOG = logging.getLogger(__name__)
BLOCK_BYTES = 1 << 16  # at most this much is lost when a connection is cut
MAX_BYTES = 200_000_000_000  # no dataset here has a fifth of that
FREE_SPACE_MARGIN = 1 << 30  # never fill a disk to the brim


@dataclass(frozen=True)
class Patience:
    """How long a download waits and how often it goes on after a cut connection.

    Attributes:
        attempts: failures in a row, without one new byte, after which a mirror is given up.
        pause: seconds before the second attempt; doubled for each further one.
        timeout: seconds to connect, and seconds without a byte.
    """

    attempts: int = 5
    pause: float = 1.0
    timeout: tuple[float, float] = (15.0, 60.0)


class TransferError(Exception):
    """One mirror cannot deliver the file; another one may."""


class ConnectionCutError(TransferError):
    """The transfer stopped half-way; going on may help."""


def fetch_file(
    mirrors: Sequence[Mirror], target: Path, record: Path, patience: Patience | None = None
) -> None:
    """Download `target` from the first mirror that delivers it with the right checksum.

    Args:
        mirrors: where to look, in this order.
        target: the file to write; it appears complete and verified or not at all. If it is there
            already, it is only verified.
        record: JSON file with the checksums of earlier downloads; made if missing.
        patience: how long to try; None takes the defaults.

    Raises:
        InputError: no mirror delivers (the message has the reason of each), the disk is too small,
            or the file that is there is another one.
    """
    if target.is_file():
        _require_known(target, mirrors, record)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for mirror in mirrors:
        try:
            _fetch_from(mirror, target, record, patience or Patience())
            return
        except TransferError as problem:
            LOG.warning("%s: %s", mirror.url, problem)
            reasons.append(f"\n  {mirror.url}: {problem}")
    raise InputError(f"{target.name} could not be downloaded from{''.join(reasons)}")


def require_checksum(path: Path, mirror: Mirror, record: Path) -> None:
    """Hold a file that came from `mirror`, by whatever means, to its checksums, and record them.

    Raises:
        TransferError: it is not the one that is pinned, or that came first.
    """
    digest = sha256_of(path)
    with _alone_with(record):
        recorded = _recorded(record)
        if problem := _checksum_problem(mirror, path, digest, recorded):
            raise TransferError(problem)
        write_json(record, {**recorded, mirror.url: digest})


def forget_checksums(record: Path, mirrors: Sequence[Mirror]) -> None:
    """Forget what was recorded of these mirrors: what they sent turned out to be unusable."""
    addresses = {mirror.url for mirror in mirrors}
    with _alone_with(record):
        kept = {url: sha for url, sha in _recorded(record).items() if url not in addresses}
        write_json(record, kept)


def _require_known(target: Path, mirrors: Sequence[Mirror], record: Path) -> None:
    """A file that somebody put at its place must be what one of the mirrors has."""
    digest, recorded = sha256_of(target), _recorded(record)
    problems = [_checksum_problem(mirror, target, digest, recorded) for mirror in mirrors]
    if all(problems):
        raise InputError(f"{target} is another file than expected: {problems[0]}; remove it")


def _fetch_from(mirror: Mirror, target: Path, record: Path, patience: Patience) -> None:
    key = hashlib.sha256((mirror.sha256 or mirror.url).encode()).hexdigest()[:12]
    part = target.with_name(f"{target.name}.{key}.part")
    _receive_all(mirror, part, patience)
    try:
        require_checksum(part, mirror, record)
    except TransferError:
        _forget(part)  # so that a retry starts anew
        raise
    part.replace(target)
    _announcement_file(part).unlink(missing_ok=True)


def _checksum_problem(mirror: Mirror, path: Path, sha256: str, recorded: dict[str, str]) -> str:
    """Say which checksum is wrong; "" if none is."""
    size = f"its {_size(path):,} bytes"
    if mirror.sha256 and sha256 != mirror.sha256:
        return f"{size} have the sha256 {sha256}, not the published {mirror.sha256}"
    if mirror.md5 and (md5 := _md5_of(path)) != mirror.md5:
        return f"{size} have the md5 {md5}, not the published {mirror.md5}"
    first = sha256 if mirror.packed_on_demand else recorded.get(mirror.url, sha256)
    if sha256 != first:
        return f"{size} have the sha256 {sha256}, not {first} as at the first download"
    return ""


def _receive_all(mirror: Mirror, part: Path, patience: Patience) -> None:
    """Fill `part`, reconnecting as long as new bytes arrive."""
    failures, furthest = 0, _size(part)
    while True:
        try:
            _receive(mirror, part, patience)
            return
        except ConnectionCutError as problem:
            failures = 0 if _size(part) > furthest else failures + 1
            furthest = max(furthest, _size(part))
            if failures >= patience.attempts:
                raise TransferError(f"{problem}; gave up after {failures} attempts") from problem
            LOG.info("%s; going on", problem)
            time.sleep(patience.pause * 2 ** (failures - 1) if failures else 0)


def _receive(mirror: Mirror, part: Path, patience: Patience) -> None:
    """One connection: ask for what is missing and append it to `part`.

    Raises:
        ConnectionCutError: it stopped early. TransferError: this mirror will not do.
    """
    have, announcement = _size(part), _announcement(part)
    # A pinned file is verified as a whole, so any mirror may go on with another one's part.
    validator = "" if mirror.sha256 else announcement.get("validator", "")
    try:
        with requests.get(
            mirror.url, headers=_headers(have, validator), stream=True, timeout=patience.timeout
        ) as response:
            _require_no_web_page(response)
            total = _total(response)
            if response.status_code == 416 and total is not None:
                _require_whole(part, total, announcement)
                return
            if _start(response, have) == 0:
                _forget(part)
                write_json(_announcement_file(part), _announced(response, total))
            elif total is not None:
                _require_announced(part, total, announcement)
            _require_plausible(total, mirror, part)
            _append(response, part, total)
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
    ) as problem:
        raise ConnectionCutError(_reason(problem, _size(part))) from problem
    except requests.RequestException as problem:
        raise TransferError(str(problem)) from problem


def _headers(have: int, validator: str) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    if have and validator:
        headers["If-Range"] = validator  # a file that has changed is then sent whole
    return headers


def _require_whole(part: Path, total: int, announcement: dict[str, Any]) -> None:
    """The server has nothing beyond what has arrived: fine if that is what it announced."""
    _require_announced(part, total, announcement)
    _require_announced(part, total, {"total": _size(part)})


def _require_announced(part: Path, total: int, announcement: dict[str, Any]) -> None:
    """The server must still have as many bytes as at the beginning; else start anew."""
    announced = announcement.get("total") or total
    if total != announced:
        _forget(part)
        raise TransferError(f"the server announced {announced:,} bytes but has {total:,}")


def _require_no_web_page(response: requests.Response) -> None:
    """A portal that wants a login, or a host that is out of service, sends a page to read."""
    kind = response.headers.get("Content-Type", "")
    if response.ok and kind.partition(";")[0].strip().lower() == "text/html":
        raise TransferError("the server answers with a web page, not with a file")


def _start(response: requests.Response, have: int) -> int:
    """Where the response's bytes belong."""
    if response.status_code == 206:
        found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have:
            raise TransferError("the server answers with another range than asked for")
        return have
    if response.status_code == 200:
        return 0
    if response.status_code == 416 or response.status_code >= 500:
        raise ConnectionCutError(f"the server answers {response.status_code} {response.reason}")
    raise TransferError(f"the server answers {response.status_code} {response.reason}")


def _total(response: requests.Response) -> int | None:
    """Size of the whole file as the server states it."""
    found = re.fullmatch(r"bytes .*/(\d+)", response.headers.get("Content-Range", ""))
    if found:
        return int(found[1])
    length = response.headers.get("Content-Length", "")
    plain = response.headers.get("Content-Encoding", "identity") == "identity"
    return int(length) if length.isdigit() and plain and response.status_code == 200 else None


def _require_plausible(total: int | None, mirror: Mirror, part: Path) -> None:
    if total is None:
        return
    if mirror.size is not None and total != mirror.size:
        raise TransferError(f"the server has {total:,} bytes, but {mirror.size:,} are expected")
    if total > MAX_BYTES:
        raise TransferError(f"{total:,} bytes are more than any dataset here has")
    free = shutil.disk_usage(part.parent).free
    if total - _size(part) > free - FREE_SPACE_MARGIN:
        raise InputError(f"{part.parent} has {free:,} bytes free, too few for {total:,} more")


def _append(response: requests.Response, part: Path, total: int | None) -> None:
    limit = MAX_BYTES if total is None else total
    name = part.name.rsplit(".", 2)[0]
    have = _size(part)
    with (
        part.open("ab") as stream,
        tqdm(
            total=total, initial=have, unit="B", unit_scale=True, desc=name, disable=None
        ) as progress,
    ):
        for chunk in response.iter_content(BLOCK_BYTES):
            if stream.tell() + len(chunk) > limit:
                raise TransferError(f"more than the announced {limit:,} bytes arrive")
            stream.write(chunk)
            progress.update(len(chunk))
    if total is not None and _size(part) < total:
        raise ConnectionCutError(f"the connection ended after {_size(part):,} of {total:,} bytes")


def _md5_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


@contextmanager
def _alone_with(record: Path) -> Iterator[None]:
    """Let no other download of this machine change the record meanwhile; its folder is locked."""
    record.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(record.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _recorded(record: Path) -> dict[str, str]:
    if not record.is_file():
        return {}
    try:
        return dict(read_json(record))
    except (ValueError, TypeError) as problem:
        raise InputError(f"{record} is damaged ({problem}); repair or remove it") from problem


def _announced(response: requests.Response, total: int | None) -> dict[str, Any]:
    """What the server says of the file: its size, and a strong ETag or the date of its change."""
    tag = response.headers.get("ETag", "")
    strong = tag if not tag.startswith("W/") else ""
    return {"total": total, "validator": strong or response.headers.get("Last-Modified", "")}


def _announcement(part: Path) -> dict[str, Any]:
    path = _announcement_file(part)
    return dict(read_json(path)) if path.is_file() else {}


def _announcement_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _announcement_file(part).unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reason(problem: Exception, have: int) -> str:
    found = re.search(r"\[Errno -?\d+\] ([^'\")]+)", str(problem))
    cause = found[1] if found else type(problem).__name__
    state = f"the connection broke after {have:,} bytes" if have else "the server is out of reach"
    return f"{state} ({cause})"
