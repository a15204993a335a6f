"""Downloads from a server on loopback that cuts, lies and changes its mind."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archive_server import ArchiveServer, running_server
from smartiqa.core.errors import InputError
from smartiqa.data.adapters import Mirror
from smartiqa.data.fetch import download
from smartiqa.data.fetch.download import (
    BLOCK_BYTES,
    Patience,
    fetch_file,
    forget_checksums,
    require_checksum,
)

CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(attempts=3, pause=0.001, timeout=(2, 2))


@pytest.fixture
def server() -> Iterator[ArchiveServer]:
    with running_server() as running:
        yield running


class Client:
    """Downloads to one place, always with the same record."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.target, self.record = root / "down" / "a.zip", root / "checksums.json"

    def fetch(self, *mirrors: Mirror) -> bytes:
        fetch_file(mirrors, self.target, self.record, QUICK)
        return self.target.read_bytes()

    def refused(self, *mirrors: Mirror) -> str:
        with pytest.raises(InputError) as caught:
            fetch_file(mirrors, self.target, self.record, QUICK)
        assert not self.target.exists()
        return str(caught.value)

    @property
    def leftovers(self) -> list[str]:
        others = (path for path in self.target.parent.iterdir() if path != self.target)
        return sorted(path.name for path in others if path.is_file())


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


def test_whole_file_with_its_checksum_recorded(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT)
    assert client.fetch(Mirror(url)) == CONTENT
    assert json.loads(client.record.read_text()) == {url: SHA256}
    assert client.leftovers == []
    assert client.fetch(Mirror(url)) == CONTENT
    assert len(server.requests) == 1  # what is there is not downloaded again


@pytest.mark.parametrize("cuts", [1, 6])
def test_cut_connections_go_on_where_they_stopped(
    server: ArchiveServer, client: Client, cuts: int
) -> None:
    url = server.offer("a.zip", CONTENT, cuts=cuts, cut_after=400_000)
    assert client.fetch(Mirror(url, sha256=SHA256)) == CONTENT
    ranges = [wanted for _, wanted in server.requests]
    assert ranges == ["", *(f"bytes={BLOCK_BYTES * 6 * k}-" for k in range(1, cuts + 1))]


def test_a_second_run_goes_on_where_the_first_gave_up(
    server: ArchiveServer, client: Client
) -> None:
    url = server.offer("a.zip", CONTENT, cuts=1, cut_after=20 * BLOCK_BYTES, dies=True)
    assert "503 Service Unavailable; gave up after 3 attempts" in client.refused(Mirror(url))
    server.requests.clear()
    server.offer("a.zip", CONTENT)
    assert client.fetch(Mirror(url)) == CONTENT
    assert server.requests == [("/a.zip", f"bytes={20 * BLOCK_BYTES}-")]
    assert client.leftovers == []


def test_a_file_that_changed_meanwhile_is_sent_whole(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", b"old" * 500_000, cuts=1, cut_after=900_000, dies=True)
    client.refused(Mirror(url))
    server.offer("a.zip", CONTENT, etag='"two"')
    assert client.fetch(Mirror(url)) == CONTENT


def test_a_server_without_ranges_starts_anew(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT, cuts=2, cut_after=900_000, ranges=False)
    assert client.fetch(Mirror(url)) == CONTENT


def test_a_server_that_always_cuts_is_given_up(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT, cuts=99, cut_after=500_000, ranges=False)
    assert "gave up after 3 attempts" in client.refused(Mirror(url))
    assert len(server.requests) == 4  # the first made headway, three did not


def test_a_part_that_is_whole_already_is_only_verified(
    server: ArchiveServer, client: Client
) -> None:
    url = server.offer("a.zip", CONTENT)
    key = hashlib.sha256(SHA256.encode()).hexdigest()[:12]
    client.target.parent.mkdir()
    (client.target.parent / f"a.zip.{key}.part").write_bytes(CONTENT)
    assert client.fetch(Mirror(url, sha256=SHA256)) == CONTENT
    assert server.requests == [("/a.zip", f"bytes={len(CONTENT)}-")]


def test_length_announced_too_long_is_found_out(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT[: 20 * BLOCK_BYTES], announced=len(CONTENT))
    message = client.refused(Mirror(url))
    assert "the server announced 3,000,000 bytes but has 1,310,720" in message
    assert client.leftovers == []


def test_length_announced_too_long_is_found_out_when_going_on(
    server: ArchiveServer, client: Client
) -> None:
    url = server.offer("a.zip", CONTENT[:-1], announced=len(CONTENT))
    message = client.refused(Mirror(url))
    assert len(server.requests) == 2  # the second one asked for what was missing
    assert "the server announced 3,000,000 bytes but has 2,999,999" in message
    assert client.leftovers == []


def test_length_announced_too_short_fails_the_checksum(
    server: ArchiveServer, client: Client
) -> None:
    url = server.offer("a.zip", CONTENT, announced=1000)
    message = client.refused(Mirror(url, sha256=SHA256))
    assert (
        f"its 1,000 bytes have the sha256 {hashlib.sha256(CONTENT[:1000]).hexdigest()}" in message
    )
    assert f"not the published {SHA256}" in message
    assert client.leftovers == []


def test_length_against_the_pinned_size_is_noticed_at_once(
    server: ArchiveServer, client: Client
) -> None:
    url = server.offer("a.zip", CONTENT)
    message = client.refused(Mirror(url, size=5_000_000))
    assert "the server has 3,000,000 bytes, but 5,000,000 are expected" in message
    assert len(server.requests) == 1


def test_length_beyond_reason_is_refused(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT, announced=10**15)
    assert "more than any dataset here has" in client.refused(Mirror(url))


def test_endless_answers_are_bounded(
    server: ArchiveServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 1_500_000)
    url = server.offer("a.zip", CONTENT, chunked=True)
    assert "more than the announced 1,500,000 bytes arrive" in client.refused(Mirror(url))


def test_answers_without_a_length_are_taken(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT, chunked=True)
    assert client.fetch(Mirror(url, sha256=SHA256)) == CONTENT


@pytest.mark.parametrize("length", ["-1", "many", "", "1e3", "0x10"])
def test_a_length_that_is_no_size_is_told_or_ignored(
    length: str, server: ArchiveServer, client: Client
) -> None:
    """Nobody waits for such a length to arrive; the checksum decides."""
    url = server.offer("a.zip", CONTENT, announced=length)
    other = server.offer("b.zip", CONTENT)
    assert client.fetch(Mirror(url, sha256=SHA256), Mirror(other, sha256=SHA256)) == CONTENT
    assert client.leftovers == []


def test_a_web_page_instead_of_the_file_is_refused_and_the_next_mirror_tried(
    server: ArchiveServer, client: Client
) -> None:
    page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
    portal = server.offer("p/a.zip", page, kind="text/html; charset=utf-8")
    good = server.offer("a.zip", CONTENT)
    assert "the server answers with a web page, not with a file" in client.refused(Mirror(portal))
    assert client.leftovers == []
    assert client.fetch(Mirror(portal), Mirror(good)) == CONTENT  # no checksum was learnt


def test_answer_with_another_range_is_refused(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT, cuts=1, cut_after=100_000, wrong_range=True)
    assert "answers with another range than asked for" in client.refused(Mirror(url))


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_wrong_checksum_is_refused_and_nothing_kept(
    server: ArchiveServer, client: Client, kind: str
) -> None:
    url = server.offer("a.zip", CONTENT)
    wrong = {"sha256": "0" * 64} if kind == "sha256" else {"md5": "0" * 32}
    assert f"not the published {'0' * 32}" in client.refused(Mirror(url, **wrong))
    assert client.leftovers == []
    right = hashlib.new(kind, CONTENT).hexdigest()
    assert client.fetch(Mirror(url, **{kind: right})) == CONTENT


def test_first_checksum_is_enforced_afterwards(server: ArchiveServer, client: Client) -> None:
    url = server.offer("a.zip", CONTENT)
    client.fetch(Mirror(url))
    client.target.unlink()
    server.offer("a.zip", b"something else")
    assert f"not {SHA256} as at the first download" in client.refused(Mirror(url))
    forget_checksums(client.record, [Mirror(url)])
    assert client.fetch(Mirror(url)) == b"something else"


def test_mirrors_are_tried_in_order(server: ArchiveServer, client: Client) -> None:
    absent, broken = server.offer("none/a.zip", status=404), server.offer("bad/a.zip", b"wrong")
    good = server.offer("good/a.zip", CONTENT)
    mirrors = [Mirror(url, sha256=SHA256) for url in (absent, broken, good)]
    assert client.fetch(*mirrors) == CONTENT
    assert [path for path, _ in server.requests] == ["/none/a.zip", "/bad/a.zip", "/good/a.zip"]


def test_mirrors_of_one_checksum_share_what_has_arrived(
    server: ArchiveServer, client: Client
) -> None:
    first = server.offer("one/a.zip", CONTENT, cuts=1, cut_after=30 * BLOCK_BYTES, dies=True)
    second = server.offer("two/a.zip", CONTENT, etag='"two"')
    assert client.fetch(Mirror(first, sha256=SHA256), Mirror(second, sha256=SHA256)) == CONTENT
    assert server.requests[-1] == ("/two/a.zip", f"bytes={30 * BLOCK_BYTES}-")


def test_every_reason_is_named(server: ArchiveServer, client: Client) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{unused.getsockname()[1]}/a.zip"
        urls = [server.offer("a.zip", status=403), server.offer("b.zip", status=503), silent]
        message = client.refused(*(Mirror(url) for url in urls), Mirror("nonsense"))
    assert message.startswith("a.zip could not be downloaded from\n")
    assert f"{urls[0]}: the server answers 403 Forbidden" in message
    assert f"{urls[1]}: the server answers 503 Service Unavailable; gave up after 3" in message
    assert f"{silent}: the server is out of reach (Connection refused)" in message
    assert "nonsense: Invalid URL" in message


def test_a_file_put_there_by_hand_is_verified(client: Client) -> None:
    client.target.parent.mkdir(parents=True)
    client.target.write_bytes(CONTENT)
    assert client.fetch(Mirror("http://nowhere.invalid/a.zip", sha256=SHA256)) == CONTENT
    with pytest.raises(InputError, match=r"a\.zip is another file than expected: .* remove it"):
        client.fetch(Mirror("http://nowhere.invalid/a.zip", sha256="1" * 64))


def test_full_disk_is_noticed_before_it_is_full(
    server: ArchiveServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "FREE_SPACE_MARGIN", 10**18)
    url = server.offer("a.zip", CONTENT)
    assert "too few for 3,000,000 more" in client.refused(Mirror(url))


def test_damaged_record_is_named(server: ArchiveServer, client: Client) -> None:
    client.record.write_text("{")
    url = server.offer("a.zip", CONTENT)
    assert "checksums.json is no JSON file, or a damaged one" in client.refused(Mirror(url))


def test_downloads_that_end_together_are_all_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, written = tmp_path / "checksums.json", download.write_json

    def slowly(*arguments: Any) -> None:
        time.sleep(0.02)  # in which another one would have read what this one changes
        written(*arguments)

    def recorded(number: int) -> None:
        path = tmp_path / f"{number}.bin"
        path.write_bytes(bytes([number]))
        require_checksum(path, Mirror(f"https://example.org/{number}"), record)

    monkeypatch.setattr(download, "write_json", slowly)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(recorded, range(8)))
    assert len(json.loads(record.read_text())) == 8
