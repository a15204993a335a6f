"""Runs in a shared place: what one clone offers, another takes, and nothing else."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from smartiqa.errors import InputError
from smartiqa.identity import Identity
from smartiqa.sharing import entry_name, fetch_run, offer_run

RUN = Identity(
    code="abc",
    settings={"seed": 1},
    versions={"torch": "2.11.0"},
    data={"manifest": "1" * 64},
    device="cpu",
    number_format="float32",
)
IDENTITY = RUN.digest
FILES = {
    "best.safetensors": b"weights" * 1000,
    "history.csv": b"epoch\n1\n",
    "identity.json": RUN.text.encode(),
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a finished run, with files that are not shared."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name, content in {**FILES, "unfinished.pt": b"state"}.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(params=["folder", "memory", "rsync"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A shared place of each kind."""
    if request.param == "memory":
        yield f"memory://{uuid4()}/runs"
    elif request.param == "folder":
        yield str(tmp_path / "shared" / "runs")
    else:
        yield from rsync_server(tmp_path / "shared")


def rsync_server(folder: Path) -> Iterator[str]:
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed")
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder.parent / "rsyncd.conf"
    settings.write_text(
        f"use chroot = no\nuid = {os.getuid()}\ngid = {os.getgid()}\n"
        f"[runs]\npath = {folder}\nread only = no\n"
    )
    server = subprocess.Popen(
        ["rsync", "--daemon", "--no-detach", f"--port={port}", "--address=127.0.0.1",
         f"--config={settings}"]
    )  # fmt: skip
    try:
        wait_for(port)
        yield f"rsync://127.0.0.1:{port}/runs"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_that_is_offered_is_fetched(place: str, run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    assert not fetch_run(place, IDENTITY, taken)
    offer_run(place, IDENTITY, run, FILES)
    assert fetch_run(place, IDENTITY, taken)
    assert content_of(taken) == FILES
    assert not fetch_run(place, "1e" * 32, taken)


def test_an_entry_never_changes(place: str, run: Path, tmp_path: Path) -> None:
    offer_run(place, IDENTITY, run, FILES)
    (run / "history.csv").write_text("other\n")
    offer_run(place, IDENTITY, run, FILES)
    assert fetch_run(place, IDENTITY, tmp_path / "taken")
    assert content_of(tmp_path / "taken") == FILES


@pytest.mark.parametrize("position", range(0, 1000, 40))
def test_a_poisoned_entry_is_refused(
    position: int, run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, taken = tmp_path / "shared", tmp_path / "taken"
    offer_run(str(place), IDENTITY, run, FILES)
    entry = place / entry_name(IDENTITY)
    content = bytearray(entry.read_bytes())
    content[len(content) * position // 1000] ^= 1
    entry.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        fetched = fetch_run(str(place), IDENTITY, taken)
    # A flipped bit that no reader looks at (a time in a header) changes nothing.
    assert content_of(taken) == (FILES if fetched else {})
    assert fetched or entry_name(IDENTITY) in caplog.text


def test_the_run_of_another_identity_is_refused(
    run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, other = tmp_path / "shared", "ab" * 32
    offer_run(str(place), IDENTITY, run, FILES)
    (place / entry_name(IDENTITY)).rename(place / entry_name(other))
    assert not fetch_run(str(place), other, tmp_path / "taken")
    assert f"it holds the run {IDENTITY}" in caplog.text
    assert not any((tmp_path / "taken").iterdir())


@pytest.mark.parametrize("cut", [0, 10, 100, 7000])
def test_an_entry_cut_short_is_refused(cut: int, run: Path, tmp_path: Path) -> None:
    place = tmp_path / "shared"
    offer_run(str(place), IDENTITY, run, FILES)
    entry = place / entry_name(IDENTITY)
    entry.write_bytes(entry.read_bytes()[:cut])
    assert not fetch_run(str(place), IDENTITY, tmp_path / "taken")
    assert not any((tmp_path / "taken").iterdir())


@pytest.mark.parametrize("place", ["nosuchprotocol://x/y", "rsync://127.0.0.1:1/none"])
def test_a_place_out_of_reach_is_named(place: str, run: Path, tmp_path: Path) -> None:
    if place.startswith("rsync") and shutil.which("rsync") is None:
        pytest.skip("rsync is not installed")
    with pytest.raises(InputError, match=place):
        fetch_run(place, IDENTITY, tmp_path / "taken")
    with pytest.raises(InputError, match=place):
        offer_run(place, IDENTITY, run, FILES)
    assert content_of(run).keys() == {*FILES, "unfinished.pt"}
